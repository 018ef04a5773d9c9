"""The servers the tests stand on are really there."""

from __future__ import annotations

import asyncpg
import pytest
from botocore.exceptions import ClientError

from tests.services.s3 import S3Server


async def test_postgres_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        answer = await connection.fetchval("SELECT 6 * 7")
    finally:
        await connection.close()

    assert answer == 42


async def test_s3_refuses_a_signature_made_with_another_secret(s3_bucket: S3Server) -> None:
    from aiobotocore.session import get_session

    async with get_session().create_client(
        "s3",
        endpoint_url=s3_bucket.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=s3_bucket.access_key_id,
        aws_secret_access_key="not the secret",
    ) as client:
        with pytest.raises(ClientError) as caught:
            await client.put_object(Bucket=s3_bucket.bucket, Key="a", Body=b"a")

    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
