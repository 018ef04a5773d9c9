"""`/-/explain/<delivery path>`: how that URL would be answered, without answering it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from aiohttp import web

from proxy.admission import Admission
from proxy.better import Better
from proxy.client import ClientReader
from proxy.limits import Budgets
from proxy.settling import Settled, Settling
from proxy.url import DeliveryUrl
from proxy.variant import etag_of
from transforms.cost import cost
from transforms.plan import RenderPlan, explain
from transforms.tree import tree

PREFIX = "/-/explain"


class ExplainHandler:
    """Answers in text, or in JSON where Accept asks for it, whom the URL itself would be answered."""

    def __init__(
        self,
        *,
        settling: Settling,
        better: Better,
        read_client: ClientReader,
        admission: Admission,
        budgets: Budgets,
        takes_long: Callable[[RenderPlan], bool],
    ) -> None:
        """`takes_long` tells which plans go into the lane of long renders."""
        self._settling = settling
        self._better = better
        self._read_client = read_client
        self._admission = admission
        self._budgets = budgets
        self._takes_long = takes_long

    async def __call__(self, request: web.Request) -> web.Response:
        url = self._admission.read(request.raw_path.removeprefix(PREFIX), now=time.time()).url
        self._budgets.bill(request, url)
        settled = await self._settling.settle(url, self._read_client(request.headers))
        await settled.release()
        settled = await self._better.expected(settled)
        facts = _facts(url, settled, self._takes_long)
        plan = explain(settled.plan) if settled.plan else "the original as it is"
        nodes = tree(settled.recipe)
        headers = {"Cache-Control": "no-store"}
        if "application/json" in request.headers.get("Accept", ""):
            body = json.dumps(facts | {"tree": nodes, "plan": plan.splitlines()}, ensure_ascii=False)
            return web.Response(text=body, content_type="application/json", headers=headers)
        lines = [f"{name:<11}{value}" for name, value in facts.items()]
        return web.Response(text="\n".join([*lines, "", *nodes, "", plan, ""]), headers=headers)


def _facts(url: DeliveryUrl, settled: Settled, takes_long: Callable[[RenderPlan], bool]) -> dict[str, str]:
    asset = settled.asset
    layers = settled.findings.assets.values() if settled.findings else ()
    return {
        "public id": url.public_id,
        "recipe": str(settled.recipe) or "(none)",
        "asset": f"{asset.mount}:{asset.key} {asset.size} bytes sha256 {asset.content_hash}",
        "layers": ", ".join(f"{layer.mount}:{layer.key}" for layer in layers) or "none",
        "delivers": settled.format,
        "varies on": ", ".join(settled.vary) or "nothing",
        "key": settled.key,
        "etag": etag_of(settled.key),
        "tags": " ".join(settled.tags),
        "costs": _costs(settled.plan, takes_long) if settled.plan else "the reading of it",
        "facts": f"overdue by {settled.stale_for:.0f} s" if settled.stale_for else "fresh",
    }


def _costs(plan: RenderPlan, takes_long: Callable[[RenderPlan], bool]) -> str:
    lane = "; in the lane of long renders" if takes_long(plan) else ""
    return f"{cost(plan)}{lane}"
