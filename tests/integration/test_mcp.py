"""The page as an MCP server: where its package is installed, and what is said where it is not."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from pricer.errors import SettingError
from pricer.settings import Settings
from pricer.ui import page
from pricer.ui.context import PageContext
from tests import coroutines


@pytest.fixture
def context(tiny_checkpoint):
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    runner = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")
    return PageContext(runner, Settings(mcp=True))


def test_without_its_package_the_launch_is_refused_with_what_to_do(context, monkeypatch):
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r"pip install -r requirements-mcp\.txt"):
        page.launch_options(context)


def test_unless_asked_for_there_is_no_server(context):
    assert page.launch_options(PageContext(context.runner, Settings()))["mcp_server"] is False


@pytest.mark.skipif(find_spec("mcp") is None, reason="needs requirements-mcp.txt")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_its_tools_are_the_endpoints_and_price_answers(context):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def ask(url):
        async with (
            streamablehttp_client(f"{url}gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            price = next(name for name in tools if name.endswith("price"))
            return tools, await session.call_tool(price, {"text": "A steel kettle"})

    demo = page.build(context)
    _, url, _ = demo.launch(**page.launch_options(context), prevent_thread_lock=True, quiet=True)
    try:
        tools, answer = coroutines.run(ask(url))
    finally:
        demo.close()
    assert sorted(name.rpartition("_")[2] for name in tools) == ["batch", "evaluate", "price"]
    assert all("Price" in tool.description or "wrong" in tool.description for tool in tools.values())
    assert not answer.isError
    assert f"{context.runner.price(['A steel kettle']).price[0]:.6f}"[:6] in str(answer.content)
