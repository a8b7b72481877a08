"""A chat behind the FastAPI middleware of x402, as its documentation has it.

PORT, FACILITATOR_URL, PAY_TO, ASSET, ASSET_NAME, ASSET_VERSION, UPSTREAM_URL; FLOW: authorization | upfront.
"""

from os import environ

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from x402 import x402ResourceServer
from x402.http import HTTPFacilitatorClient
from x402.http.middleware.fastapi import payment_middleware
from x402.mechanisms.evm.exact import register_exact_evm_server

NETWORK = "eip155:84532"
PATH = "/v1/chat/completions"
HELLO = [
    b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n',
    b"data: [DONE]\n\n",
]
BROKEN = b'data: {"error":{"message":"the model broke off","type":"server_error"}}\n\n'

extra = {"name": environ["ASSET_NAME"], "version": environ["ASSET_VERSION"]}
if "FLOW" in environ:
    extra["paymentFlow"] = environ["FLOW"]
paid = {
    "accepts": {
        "scheme": "exact",
        "network": NETWORK,
        "payTo": environ["PAY_TO"],
        "price": {"amount": "10000", "asset": environ["ASSET"], "extra": extra},
        "maxTimeoutSeconds": 60,
    },
    "description": "chat",
    "mimeType": "text/event-stream",
}
shop = x402ResourceServer(HTTPFacilitatorClient({"url": environ["FACILITATOR_URL"]}))
register_exact_evm_server(shop, NETWORK)
app = FastAPI()
model = httpx.AsyncClient(timeout=None)
app.middleware("http")(payment_middleware({f"POST {PATH}": paid, "POST /another": paid}, shop))


@app.post(PATH)
@app.post("/another")
async def chat(request: Request):
    """Hands the chat on to the model, and its answer back as it comes; without a model it says hello."""
    upstream = environ.get("UPSTREAM_URL")
    if upstream is None:
        return StreamingResponse(iter(HELLO), media_type="text/event-stream")
    asked = model.build_request("POST", f"{upstream}/chat/completions", json=await request.json())
    try:
        answer = await model.send(asked, stream=True)
    except httpx.HTTPError:
        answer = None
    if answer is not None and answer.is_success:
        return StreamingResponse(parts(answer), media_type=answer.headers["content-type"])
    if answer is not None:
        await answer.aclose()
    return JSONResponse({"error": "the model failed"}, status_code=500)


async def parts(answer: httpx.Response):
    """A stream that breaks off says so."""
    try:
        async for part in answer.aiter_raw():
            yield part
    except httpx.HTTPError:
        yield BROKEN
    finally:
        await answer.aclose()


uvicorn.run(app, host="127.0.0.1", port=int(environ["PORT"]), log_level="error")
