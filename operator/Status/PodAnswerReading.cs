using System.Text.Json;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>Reads what a relay's /status says; fields that an older relay does not have are empty.</summary>
internal static class PodAnswerReading
{
    public static PodAnswer Read(JsonElement status) => new()
    {
        PoolUid = PodReading.Text(status, "poolUid"),
        PodUid = PodReading.Text(status, "podUid"),
        Sequence = Number(status, "configSequence"),
        ConfigHash = PodReading.Text(status, "configHash"),
        ConfigFaults = [.. PodReading.Items(status, "configFaults").Select(fault => fault.GetString() ?? "")],
        DrainToken = PodReading.Part(status, "drainToken") is { ValueKind: JsonValueKind.Number } token && token.TryGetInt64(out var sequence) ? sequence : null,
        Draining = PodReading.Part(status, "draining").ValueKind == JsonValueKind.True,
        InFlight = (int)PodReading.Items(status, "hubs").Sum(hub => Number(hub, "inFlight")),
        Spool = Spool(PodReading.Part(status, "spool")),
        Hubs = [.. PodReading.Items(status, "hubs").Select(Hub)],
    };

    private static SpoolAnswer? Spool(JsonElement spool) => spool.ValueKind == JsonValueKind.Object
        ? new SpoolAnswer(
            Number(spool, "messages"),
            Number(spool, "bytes"),
            PodReading.Part(spool, "oldestTime") is { ValueKind: JsonValueKind.String } oldest && oldest.TryGetDateTimeOffset(out var time) ? time : null)
        : null;

    private static HubAnswer Hub(JsonElement hub)
    {
        var healthy = PodReading.Text(hub, "state") == "Healthy";
        return new HubAnswer(
            PodReading.Text(hub, "name"), healthy, PodReading.Text(hub, "wanted") == "Draining", (int)Number(hub, "inFlight"),
            healthy ? "" : PodReading.Text(hub, "reason"));
    }

    private static long Number(JsonElement whole, string name) =>
        PodReading.Part(whole, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;
}
