"""Kimi delta attention over 128 tokens with 2 heads of 64, 64 times, forward: what a call costs on the host."""

import torch
from fla.ops.kda import chunk_kda


def setup():
    torch.manual_seed(0)
    options = {"device": "cuda", "dtype": torch.bfloat16}
    query, key, value = (torch.randn(1, 128, 2, 64, **options) for _ in range(3))
    key = torch.nn.functional.normalize(key, dim=-1)
    gate = torch.nn.functional.logsigmoid(torch.randn(1, 128, 2, 64, device="cuda"))
    beta = torch.rand(1, 128, 2, **options)
    return query, key, value, gate, beta


def experiment(state):
    with torch.no_grad():
        for _ in range(64):
            result, _ = chunk_kda(*state)
    return result


def digest(result):
    return result[:, ::16, :, ::16]
