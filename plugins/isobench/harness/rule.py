"""When to stop measuring. `src/domain/decision.ts` draws the verdict from the same runs by the same rule."""

import math


def stop(plan, runs):
    """Why measuring ends with these runs, or None when it goes on (`Decision.stopped_by`)."""
    if is_failure(plan, runs):
        return "failure"
    ratios = log_ratios(runs)
    look = next((look for look in plan["looks"] if look["pairs"] == len(ratios)), None)
    if look is not None:
        said = stop_at_look(plan, look, ratios)
        if said is not None:
            return said
    following = next((look for look in plan["looks"] if look["pairs"] > len(ratios)), None)
    if following is not None and len(complete_pairs(runs)) - len(ratios) > following["most_excluded"]:
        return "exclusions"
    if ratios and sum(run["wall_seconds"] for run in runs) >= plan["budget_seconds"]:
        return "budget"
    return None


def stop_at_look(plan, look, ratios):
    averages = walsh_averages(ratios)
    smaller = min(signed_ranks(ratios))
    if smaller <= look["critical"] and abs(median(averages)) >= plan["minimum_effect"]:
        return "decision"
    low, high = averages[look["interval_rank"] - 1], averages[-look["interval_rank"]]
    if -plan["equivalence_margin"] <= low and high <= plan["equivalence_margin"]:
        return "equivalence"
    if look["pairs"] == plan["looks"][-1]["pairs"]:
        return "pairs"
    futile = robust_deviation(ratios) > plan["futility"]["deviation"] and smaller > look["promising"]
    return "futility" if futile else None


def is_failure(plan, runs):
    """A process failed, two outputs differ, or a coverage run reached none of the changed functions of its side."""
    if any(run["result"] != "ok" for run in runs):
        return True
    if any(not same_digest(runs[0]["digest"], run["digest"]) for run in runs[1:]):
        return True
    watched = {side for function in plan["functions"] for side in function["sides"]}
    return any(run["reached"] == [] and run["side"] in watched for run in runs)


def same_digest(one, other):
    if one is None or other is None:
        return one is other
    if one["sha256"] != other["sha256"] or len(one["numbers"]) != len(other["numbers"]):
        return False
    return all(abs(a[0] - b[0]) <= max(a[1], b[1]) for a, b in zip(one["numbers"], other["numbers"]))


def complete_pairs(runs):
    """(base, head) of each pair in order, excluded ones too, without a pair that still lacks a side; of a repeated run
    the last counts."""
    sides = {(run["pair"], run["side"]): run for run in runs if run["purpose"] == "pair"}
    pairs = []
    while (len(pairs), "base") in sides and (len(pairs), "head") in sides:
        pairs.append((sides[(len(pairs), "base")], sides[(len(pairs), "head")]))
    return pairs


def log_ratios(runs):
    """ln(head/base) of each pair that counts: a process that the machine disturbed (`excluded`) drops its whole pair."""
    pairs = [pair for pair in complete_pairs(runs) if all(run.get("excluded") is None for run in pair)]
    return [math.log(head["seconds"] / base["seconds"]) for base, head in pairs]


def signed_ranks(values):
    """(W+, W−). Ties and zeros count against rejection: each side gets the highest ranks that the tied values allow,
    and a zero counts on both sides. So neither sum is below that of any way to break the ties."""
    ordered = sorted(values, key=abs)
    positive = negative = start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and abs(ordered[end]) == abs(ordered[start]):
            end += 1
        tied = ordered[start:end]
        positive += sum(range(end, end - sum(x >= 0 for x in tied), -1))
        negative += sum(range(end, end - sum(x <= 0 for x in tied), -1))
        start = end
    return positive, negative


def walsh_averages(values):
    return sorted((values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values)))


def median(ordered):
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def robust_deviation(values):
    centre = median(sorted(values))
    return 1.4826 * median(sorted(abs(x - centre) for x in values))
