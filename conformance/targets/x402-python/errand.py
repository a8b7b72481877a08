"""The httpx client of x402, sent on an errand by the kit: pays for the chat at PAYMENT_URL and prints its text.

PAYMENT_URL, PRIVATE_KEY, ASSET, MAX_AMOUNT.
"""

import asyncio
import sys
from decimal import Decimal
from os import environ

from eth_account import Account
from x402 import x402Client
from x402.http.clients import x402HttpxClient
from x402.mechanisms.evm import EthAccountSigner
from x402.mechanisms.evm.exact import register_exact_evm_client

# Base Sepolia, as the two versions of the protocol name it.
NETWORKS = ["eip155:84532", "base-sepolia"]


async def main() -> None:
    cap = str(int(Decimal(environ["MAX_AMOUNT"]).scaleb(6)))
    allowed = [
        {"network": network, "asset": environ["ASSET"], "max_amount_per_payment": cap} for network in NETWORKS
    ]
    payer = x402Client()
    register_exact_evm_client(payer, EthAccountSigner(Account.from_key(environ["PRIVATE_KEY"])), NETWORKS[0])
    payer.set_spend_controls({"allowed_assets": allowed})
    body = {"model": "kit", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with x402HttpxClient(payer, timeout=30) as client:
        response = await client.post(environ["PAYMENT_URL"], json=body)
        response.raise_for_status()
        sys.stdout.write(response.text)


asyncio.run(main())
