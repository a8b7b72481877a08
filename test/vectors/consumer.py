"""A reader of the vectors in another language, written from vectors/README.md and the drafts alone.

usage: python3 consumer.py FOLDER
Prints, as JSON, how many cases of each operation passed, and every case that did not.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path


class Refused(Exception):
    """The input is malformed."""


def check(condition):
    if not condition:
        raise Refused


def from_base64url(text):
    """RFC 4648, section 5: no padding, no other character, no bits left over."""
    check(re.fullmatch(r"[A-Za-z0-9_-]*", text))
    check(len(text) % 4 != 1)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(to_base64url(data) == text)
    return data


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_hex(text):
    check(text.startswith("0x"))
    return bytes.fromhex(text[2:])


def canonical(value):
    """RFC 8785, for what the vectors hold: members by UTF-16 code units, no white space, ECMAScript numbers."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return re.sub(r"e([+-])0+(?=\d)", r"e\1", repr(value))
    return json.dumps(value, ensure_ascii=False)


def challenge_id(data):
    """The HMAC over the slots; header is the one that vanishes when it is absent."""
    check(isinstance(data["request"], dict))
    slots = [data["realm"], data["method"], data["intent"]]
    slots.append(to_base64url(canonical(data["request"]).encode("utf-8")))
    slots += [data.get("expires", ""), data.get("digest", "")]
    slots += [data["header"]] if "header" in data else []
    slots.append(data.get("opaque", ""))
    key = data["secretKey"].encode("utf-8")
    digest = hmac.new(key, "|".join(slots).encode("utf-8"), hashlib.sha256).digest()
    return {"id": to_base64url(digest)}


def content_digest(data):
    algorithm = data["algorithm"]
    value = hashlib.new(algorithm.replace("-", ""), data["body"].encode("utf-8")).digest()
    return {"digest": f"{algorithm}=:{base64.b64encode(value).decode('ascii')}:"}


def amount(data):
    """ASCII digits, at most 156 of them, and a value that fits the bits."""
    text = data["text"]
    check(re.fullmatch(r"[0-9]{1,156}", text, re.ASCII))
    value = int(text)
    check(value < 2 ** int(data["bits"]))
    return {"value": str(value)}


OPERATIONS = {
    "base64url.encode": lambda data: {"text": to_base64url(data["text"].encode("utf-8"))},
    "base64url.encodeBytes": lambda data: {"text": to_base64url(from_hex(data["hex"]))},
    "base64url.decode": lambda data: {"text": from_base64url(data["text"]).decode("utf-8")},
    "base64url.decodeBytes": lambda data: {"hex": "0x" + from_base64url(data["text"]).hex()},
    "challenge.id": challenge_id,
    "digest.encode": content_digest,
    "amount.decode": amount,
}


def run(operation, test):
    """Why a case failed, or None."""
    try:
        answer = OPERATIONS[operation](test["input"])
    except (Refused, UnicodeError):
        return None if test["result"] == "invalid" else "refused"
    if test["result"] == "invalid":
        return "accepted"
    return None if answer == test["value"] else f"answered {json.dumps(answer)}"


def main(folder):
    passed = {}
    failed = []
    for path in sorted(Path(folder).glob("*.json")):
        if path.name == "schema.json":
            continue
        file = json.loads(path.read_text(encoding="utf-8"))
        for group in file["groups"]:
            operation = group["op"]
            if operation not in OPERATIONS:
                continue
            for test in group["tests"]:
                why = run(operation, test)
                if why is None:
                    passed[operation] = passed.get(operation, 0) + 1
                else:
                    failed.append(f"{path.stem}/{test['tcId']} {test['comment']}: {why}")
    print(json.dumps({"passed": passed, "failed": failed}))


main(sys.argv[1])
