"""One line for a person after each pair."""

import math

import rule


def after_pair(plan, runs):
    ratios = rule.log_ratios(runs)
    done, most = len(ratios), plan["looks"][-1]["pairs"]
    parts = ["pair %d of at most %d" % (done, most)]
    if done:
        averages = rule.walsh_averages(ratios)
        text = "%s time" % change(rule.median(averages))
        look = next((look for look in plan["looks"] if look["pairs"] == done), None)
        if look is not None:
            rank = look["interval_rank"]
            text += " [%s, %s]" % (change(averages[rank - 1]), change(averages[-rank]))
        parts.append(text)
    following = next((look["pairs"] for look in plan["looks"] if look["pairs"] > done), None)
    if following is not None and done:
        paired = [run["wall_seconds"] for run in runs if run["purpose"] == "pair"]
        left = (following - done) * 2 * sum(paired) / len(paired)
        parts.append("next look at %d, in about %.0f s" % (following, left))
    return ", ".join(parts)


def change(log_ratio):
    return "%+.1f %%" % (100 * math.expm1(log_ratio))
