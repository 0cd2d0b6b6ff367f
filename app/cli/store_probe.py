"""Which sub-resource calls leave an object's bytes alone, tried on throw-away objects.

Stores in use answer 200 to some of these and overwrite the object with the body of the call.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_bytes, token_hex
from typing import Any

from app.documents.store import DocumentStore

CALLS: dict[str, Callable[[Any, dict[str, str]], object]] = {
    "PutObjectAcl": lambda client, place: client.put_object_acl(ACL="private", **place),
    "PutObjectLegalHold": lambda client, place: client.put_object_legal_hold(LegalHold={"Status": "OFF"}, **place),
    # The day is long past, so that a store that does obey still lets the object be removed.
    "PutObjectRetention": lambda client, place: client.put_object_retention(
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2000, 1, 1, tzinfo=UTC)}, **place
    ),
    "PutObjectTagging": lambda client, place: client.put_object_tagging(
        Tagging={"TagSet": [{"Key": "probe", "Value": "1"}]}, **place
    ),
}


def safe_calls(store: DocumentStore) -> dict[str, bool]:
    """Call → whether the store carried it out and the object's bytes stayed what they were."""
    return {name: _is_safe(store, call) for name, call in CALLS.items()}


def _is_safe(store: DocumentStore, call: Callable[[Any, dict[str, str]], object]) -> bool:
    client: Any = store.client
    place = {"Bucket": store.bucket, "Key": f"probe/{token_hex(16)}"}
    bytes_put = token_bytes(64)
    client.put_object(Body=bytes_put, **place)
    try:
        call(client, place)
        with client.get_object(**place)["Body"] as body:
            return bool(body.read() == bytes_put)
    except client.exceptions.ClientError:
        return False
    finally:
        client.delete_object(**place)
