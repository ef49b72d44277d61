"""Native sparse attention: 16,384 tokens, 64 query heads, 4 key heads, head size 128, 16 blocks of 64, forward."""

import torch
from fla.ops.nsa.parallel import parallel_nsa

TOKENS, HEADS, BLOCK, CHOSEN = 16384, 4, 64, 16


def setup():
    torch.manual_seed(0)
    options = {"device": "cuda", "dtype": torch.bfloat16}
    query = torch.randn(1, TOKENS, 64, 128, **options)
    key, value = (torch.randn(1, TOKENS, HEADS, 128, **options) for _ in range(2))
    return query, key, value, chosen_blocks()


def chosen_blocks():
    """For each token and head 16 of the blocks up to its own, in order; -1 where there are fewer."""
    own = torch.arange(TOKENS, device="cuda") // BLOCK
    score = torch.rand(TOKENS, HEADS, TOKENS // BLOCK, device="cuda")
    ahead = torch.arange(TOKENS // BLOCK, device="cuda") > own[:, None, None]
    score = score.masked_fill(ahead, -1.0)
    top = score.topk(CHOSEN, dim=-1)
    return top.indices.masked_fill(top.values < 0, -1).sort(-1).values[None]


def experiment(state):
    query, key, value, blocks = state
    with torch.no_grad():
        return parallel_nsa(query, key, value, block_indices=blocks, block_counts=CHOSEN, block_size=BLOCK)


def digest(result):
    return result[:, ::512, ::16, ::32]
