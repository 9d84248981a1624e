using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>Reads what a relay's /status says; fields that an older relay does not have are empty.</summary>
internal static class PodAnswerReading
{
    public static PodAnswer Read(JsonElement status) => new()
    {
        PoolUid = JsonFields.Text(status, "poolUid"),
        PodUid = JsonFields.Text(status, "podUid"),
        Sequence = JsonFields.Number(status, "configSequence"),
        ConfigHash = JsonFields.Text(status, "configHash"),
        ConfigFaults = [.. JsonFields.Items(status, "configFaults").Select(fault => fault.GetString() ?? "")],
        DrainToken = JsonFields.Part(status, "drainToken") is { ValueKind: JsonValueKind.Number } token && token.TryGetInt64(out var sequence) ? sequence : null,
        Draining = JsonFields.Part(status, "draining").ValueKind == JsonValueKind.True,
        InFlight = (int)JsonFields.Items(status, "hubs").Sum(hub => JsonFields.Number(hub, "inFlight")),
        Spool = Spool(JsonFields.Part(status, "spool")),
        Hubs = [.. JsonFields.Items(status, "hubs").Select(Hub)],
        HiddenClients = [.. JsonFields.Items(status, "hiddenClients").Select(address => address.GetString() ?? "")],
    };

    private static SpoolAnswer? Spool(JsonElement spool) => spool.ValueKind == JsonValueKind.Object
        ? new SpoolAnswer(
            JsonFields.Number(spool, "messages"),
            JsonFields.Number(spool, "bytes"),
            JsonFields.Part(spool, "oldestTime") is { ValueKind: JsonValueKind.String } oldest && oldest.TryGetDateTimeOffset(out var time) ? time : null,
            JsonFields.Text(spool, "handOverFault"))
        : null;

    private static HubAnswer Hub(JsonElement hub)
    {
        var healthy = JsonFields.Text(hub, "state") == "Healthy";
        return new HubAnswer(
            JsonFields.Text(hub, "name"), healthy, JsonFields.Text(hub, "wanted") == "Draining", (int)JsonFields.Number(hub, "inFlight"),
            healthy ? "" : JsonFields.Text(hub, "reason"));
    }
}
