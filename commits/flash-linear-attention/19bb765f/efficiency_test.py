"""Native sparse attention: 16,384 tokens, 64 query heads, 4 key heads, head size 128, 16 blocks of 64, backward too."""

import torch
from fla.ops.nsa.parallel import parallel_nsa

TOKENS, HEADS, BLOCK, CHOSEN = 16384, 4, 64, 16


def setup():
    torch.manual_seed(0)
    options = {"device": "cuda", "dtype": torch.bfloat16}
    query = torch.randn(1, TOKENS, 64, 128, **options, requires_grad=True)
    key = torch.randn(1, TOKENS, HEADS, 128, **options, requires_grad=True)
    value = torch.randn(1, TOKENS, HEADS, 128, **options, requires_grad=True)
    upstream = torch.randn(1, TOKENS, 64, 128, **options)
    return (query, key, value), chosen_blocks(), upstream


def chosen_blocks():
    """For each token and head 16 of the blocks up to its own, in order; -1 where there are fewer."""
    own = torch.arange(TOKENS, device="cuda") // BLOCK
    score = torch.rand(TOKENS, HEADS, TOKENS // BLOCK, device="cuda")
    ahead = torch.arange(TOKENS // BLOCK, device="cuda") > own[:, None, None]
    score = score.masked_fill(ahead, -1.0)
    top = score.topk(CHOSEN, dim=-1)
    return top.indices.masked_fill(top.values < 0, -1).sort(-1).values[None]


def experiment(state):
    inputs, blocks, upstream = state
    for leaf in inputs:
        leaf.grad = None
    output = parallel_nsa(*inputs, block_indices=blocks, block_counts=CHOSEN, block_size=BLOCK)
    output.backward(upstream)
    return output, inputs


def digest(result):
    output, inputs = result
    return output[:, ::512, ::16, ::32], [leaf.grad[:, ::512, ::2, ::32] for leaf in inputs]
