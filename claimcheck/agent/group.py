"""Group: claims that one paper is unread for are put side by side, and a judge that reads for several at once is told of them.

Only readings of abstracts are: passages are chosen for one claim. What is judged already stays judged.
"""

from langgraph.runtime import Runtime

from claimcheck.agent.state import Context, Depth, State
from claimcheck.agent.unread import unread


async def group(state: State, runtime: Runtime[Context]) -> State:
    """Say which readings are to come, and order them by paper, so that what one answer brings is kept at once."""
    context, pairs = runtime.context, state["pairs"]
    if context.together is None:
        return {}
    context.together.expect(await unread(context, [pair for pair in pairs if pair.depth is Depth.AS_IT_IS]))
    place: dict[str, int] = {}
    for pair in pairs:
        place.setdefault(pair.paper.id, len(place))
    return {"pairs": tuple(sorted(pairs, key=lambda pair: place[pair.paper.id]))}
