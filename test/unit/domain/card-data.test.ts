import { expect, test } from 'vitest'
import { funnelOf } from '../../../plugins/isobench/src/domain/funnel.ts'
import { cardRecords, sampleCardData } from '../../support/card.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

test('every figure comes from the records', () => {
  const { columns_table, fields_table, reasons, stages, verdicts, ...data } = sampleCardData()
  expect(data).toMatchInlineSnapshot(`
    {
      "commits": 5,
      "controls": {
        "confidence": 0.95,
        "false_positive_rate": null,
        "kinds": [
          {
            "controls": 0,
            "kind": "second-base",
          },
          {
            "controls": 0,
            "kind": "blind",
          },
        ],
        "largest_effect": null,
        "measured": 0,
        "rejected": 0,
        "unmeasured": 0,
        "upper_bound": null,
      },
      "costs": [
        {
          "cached_tokens": 0,
          "calls": 2,
          "commits": 2,
          "commits_without_price": 1,
          "commits_without_tokens": 1,
          "cost_usd": 0.0125,
          "input_tokens": 2400,
          "model": "model-a",
          "output_tokens": 340,
          "provider": "api.example.org",
          "reasoning_tokens": 0,
        },
      ],
      "description": null,
      "false_discovery": {
        "hold": 2,
        "rate": 0.05,
        "tested": 3,
        "verdicts": 2,
      },
      "first_date": "2023-05-06T00:00:00Z",
      "flags": [
        {
          "commits": 4,
          "value": "unsandboxed",
        },
      ],
      "further": [],
      "hub_repository": null,
      "last_date": "2024-01-02T03:04:05Z",
      "license": "other",
      "machines": [
        {
          "commits": 4,
          "value": "Example CPU, 2 cores, no accelerator, Linux 6.1.0 x86_64",
        },
      ],
      "measured": 3,
      "median_improvement": 0.3,
      "models": [
        {
          "commits": 2,
          "value": "model-a at api.example.org",
        },
      ],
      "name": "demo",
      "noise_floor": 0.004,
      "protocols": [
        {
          "commits": 4,
          "value": "abba-gs-wilcoxon/1, standard",
        },
      ],
      "repositories": [
        {
          "commits": 4,
          "value": "demo, https://example.org/demo.git, MIT",
        },
        {
          "commits": 1,
          "value": "other, https://example.org/demo.git, MIT",
        },
      ],
      "sandboxes": [
        {
          "commits": 4,
          "value": "none",
        },
      ],
      "split": "test",
      "tasks": [],
      "test_origins": [
        {
          "commits": 2,
          "value": "model",
        },
        {
          "commits": 2,
          "value": "reviewed",
        },
        {
          "commits": 1,
          "value": "none",
        },
      ],
      "title": "demo",
      "tool": "nx-isobench 0.1.0",
      "usage": {
        "cached_tokens": 0,
        "calls": 2,
        "commits": 2,
        "commits_without_price": 1,
        "commits_without_tokens": 1,
        "cost_usd": 0.0125,
        "input_tokens": 2400,
        "output_tokens": 340,
        "reasoning_tokens": 0,
      },
      "wheel_sources": [
        {
          "commits": 5,
          "value": "build",
        },
      ],
    }
  `)
  expect({ stages, verdicts }).toEqual({
    stages: funnelOf(cardRecords).stages,
    verdicts: funnelOf(cardRecords).verdicts,
  })
  expect(Object.keys(reasons)).toContain('output-differs')
  expect(fields_table.length).toBeGreaterThan(columns_table.length)
})

test('counts the verdicts that hold at a false discovery rate of 5 %', () => {
  const verdict = 'improved' as const
  const records = [
    sampleRecord('a', { verdict, p_value: 0.0078 }),
    sampleRecord('b', { verdict: 'regressed', p_value: 0.0166 }),
    sampleRecord('c', { verdict, p_value: 0.0197 }),
    ...['d', 'e', 'f'].map((name) => sampleRecord(name, { verdict: 'inconclusive', p_value: 0.6 })),
    unmeasuredRecord('g', { stage: 'run-gpu', reason: 'timed-out' }),
  ]
  expect(sampleCardData(records).false_discovery).toEqual({ rate: 0.05, tested: 6, verdicts: 3, hold: 3 })
  const more = ['h', 'i'].map((name) => sampleRecord(name, { verdict: 'no-change', p_value: 1 }))
  expect(sampleCardData([...records, ...more]).false_discovery).toEqual({ rate: 0.05, tested: 8, verdicts: 3, hold: 0 })
})
