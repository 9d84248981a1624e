using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Pods;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>What a StatefulSet's controller does next: which ordinals to create, which pods to delete.</summary>
internal sealed class StatefulSetPlan
{
    private readonly JsonObject _set;
    private readonly SortedDictionary<int, JsonObject> _pods = [];
    private readonly int _start;
    private readonly int _end;
    private readonly bool _isParallel;

    public StatefulSetPlan(JsonObject set, IEnumerable<JsonObject> pods, string revision)
    {
        _set = set;
        Revision = revision;
        _start = (int)(set.At("spec", "ordinals", "start").Number() ?? 0);
        _end = _start + (int)(set.At("spec", "replicas").Number() ?? 1);
        _isParallel = set.At("spec", "podManagementPolicy").Text() == "Parallel";
        foreach (var pod in pods)
        {
            if (Ordinal(set, pod) is { } ordinal)
            {
                _pods[ordinal] = pod;
            }
        }
    }

    /// <summary>The revision of the template as it is now.</summary>
    public string Revision { get; }

    /// <summary>The ordinal in a pod's name; null where the pod is not named after the set.</summary>
    public static int? Ordinal(JsonObject set, JsonObject pod) =>
        pod.Name().StartsWith(set.Name() + "-", StringComparison.Ordinal)
        && int.TryParse(pod.Name().AsSpan(set.Name().Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;

    public IEnumerable<int> ToCreate()
    {
        for (var ordinal = _start; ordinal < _end; ordinal++)
        {
            var pod = _pods.GetValueOrDefault(ordinal);
            if (pod is null)
            {
                yield return ordinal;
            }
            // In order: the next one waits until this one is ready.
            if (!_isParallel && (pod is null || !PodStatus.IsReady(pod)))
            {
                yield break;
            }
        }
    }

    /// <summary>Pods beyond the wanted ones from the highest on, ended ones, and one pod of an older revision.</summary>
    public IEnumerable<JsonObject> ToDelete()
    {
        var beyond = _pods.Where(pod => pod.Key >= _end || pod.Key < _start).OrderByDescending(pod => pod.Key).Select(pod => pod.Value).ToList();
        var condemned = _isParallel ? beyond.Where(pod => !pod.IsLeaving()) : beyond.Take(1).Where(pod => !pod.IsLeaving() && _pods.Values.Except(beyond).All(PodStatus.IsReady));
        var ended = _pods.Values.Where(pod => !pod.IsLeaving() && pod.At("status", "phase").Text() is "Failed" or "Succeeded");
        return condemned.Concat(ended).Concat(Outdated() is { } outdated ? [outdated] : []);
    }

    /// <summary>While an update is under way, a pod below those updated comes back as it was.</summary>
    public string RevisionFor(int ordinal)
    {
        var current = _set.At("status", "currentRevision").Text() ?? Revision;
        var kept = _start + (_set.At("status", "currentReplicas").Number() ?? 0);
        return current != Revision && (ordinal < kept || ordinal < _start + Partition) ? current : Revision;
    }

    private long Partition => _set.At("spec", "updateStrategy", "rollingUpdate", "partition").Number() ?? 0;

    /// <summary>From the highest ordinal down, as far as all above are updated and ready.</summary>
    private JsonObject? Outdated()
    {
        if (_set.At("spec", "updateStrategy", "type").Text() == "OnDelete")
        {
            return null;
        }
        for (var ordinal = _end - 1; ordinal >= _start + Partition; ordinal--)
        {
            if (_pods.GetValueOrDefault(ordinal) is not { } pod || pod.IsLeaving())
            {
                return null;
            }
            if (pod.Label("controller-revision-hash") != Revision)
            {
                return pod;
            }
            if (!PodStatus.IsReady(pod))
            {
                return null;
            }
        }
        return null;
    }
}
