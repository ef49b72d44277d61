"""Sorting the blocks that 65,536 tokens with 4 heads choose, 16 each, by block."""

import torch
from fla.ops.utils.csr import prepare_block_csr

TOKENS, HEADS, BLOCK, CHOSEN = 65536, 4, 64, 16
BLOCKS = TOKENS // BLOCK


def setup():
    """For each token and head 16 different blocks up to its own, in order; -1 where there are fewer."""
    torch.manual_seed(0)
    own = torch.arange(TOKENS, device="cuda") // BLOCK
    score = torch.rand(TOKENS, HEADS, BLOCKS, device="cuda")
    score.masked_fill_(torch.arange(BLOCKS, device="cuda") > own[:, None, None], -1.0)
    top = score.topk(CHOSEN, dim=-1)
    return top.indices.masked_fill(top.values < 0, -1).sort(-1).values[None]


def experiment(blocks):
    return prepare_block_csr(blocks, CHOSEN, None, None, BLOCKS, BLOCK)


def digest(result):
    """The order within a block is arbitrary, so only where the blocks begin and how much they hold is compared."""
    indices, offsets = result
    return offsets[::64], int(indices[: int(offsets[-1])].long().sum())
