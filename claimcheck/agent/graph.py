"""The graph of a refresh, on one page.

    collect ─► plan ─► search ─► cite ─► screen ─► hand in ─► group ─┬─► read ─┬─► ground ─► decide ─► ask ─► END
                                                                     ├─► read ─┤
                                                                     └─► read ─┘

collect takes what batches of earlier runs answered into the ledger
plan    queries of each claim, refuting forms first; a model adds its own
search  asks arXiv for the anchors, for what is new in the watched categories, and for what no harvest covers, into the library
cite    asks who cites the anchors, where the settings name a citation service, and fetches those papers into the library
screen  matches each claim with what is new to it in the library
hand in hands in what is unread as batches, where the settings say so
group   puts claims that one paper is unread for side by side, where the settings say that one call reads for several
read    a judge reads claim x paper, many side by side
ground  ties each anchor to its paper and looks for the right one where it does not say it
decide  computes verdicts by rule; a flip that rests on one reading is read again
ask     ties research questions to evidence

No checkpointer: each judgement is in the ledger when it is made, so an interrupted run goes on by skipping what is there. Every
claim is searched before any is screened, so that what one query brings into the library is there for all, in any order of
interruption. An expected failure becomes a gap inside the node that met it.
"""

from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from claimcheck.agent.ask import ask
from claimcheck.agent.cite import cite
from claimcheck.agent.collect import collect
from claimcheck.agent.decide import decide
from claimcheck.agent.ground import ground
from claimcheck.agent.group import group
from claimcheck.agent.hand_in import hand_in
from claimcheck.agent.plan import plan
from claimcheck.agent.read import read
from claimcheck.agent.screen import screen
from claimcheck.agent.search import search
from claimcheck.agent.state import Context, State

# LangGraph's fan-out is quadratic in the number of sends: few, large branches, gathered inside the node.
_PAIRS_A_BRANCH = 250
_SUPER_STEPS = 50


async def run(state: State, context: Context) -> State:
    """Run a refresh from its inquiries and claims to its retests and questions."""
    return cast(State, await _build().ainvoke(state, RunnableConfig(recursion_limit=_SUPER_STEPS), context=context))


def _build() -> CompiledStateGraph[State, Context, State, State]:
    """Wire the nodes."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("collect", collect)
    graph.add_node("plan", plan)
    graph.add_node("search", search)
    graph.add_node("cite", cite)
    graph.add_node("screen", screen)
    graph.add_node("hand_in", hand_in)
    graph.add_node("group", group)
    graph.add_node("read", read)
    graph.add_node("ground", ground)
    graph.add_node("decide", decide)
    graph.add_node("ask", ask)
    graph.add_edge(START, "collect")
    graph.add_edge("collect", "plan")
    graph.add_edge("plan", "search")
    graph.add_edge("search", "cite")
    graph.add_edge("cite", "screen")
    graph.add_edge("screen", "hand_in")
    graph.add_edge("hand_in", "group")
    graph.add_conditional_edges("group", _spread, ["read", "ground"])
    graph.add_edge("read", "ground")
    graph.add_edge("ground", "decide")
    graph.add_edge("decide", "ask")
    graph.add_edge("ask", END)
    return graph.compile()


def _spread(state: State) -> list[Send] | str:
    pairs = state["pairs"]
    branches = [pairs[start : start + _PAIRS_A_BRANCH] for start in range(0, len(pairs), _PAIRS_A_BRANCH)]
    return [Send("read", {"pairs": branch}) for branch in branches] or "ground"
