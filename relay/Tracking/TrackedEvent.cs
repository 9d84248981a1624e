using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RelayOperator.Relay.Tracking;

/// <summary>A line of tracking as it is read back.</summary>
public sealed record TrackedEvent
{
    // Every line of ours begins so; what stands before it was put there by whoever carried the line here.
    private const string Start = "{\"time\":\"";

    public required DateTimeOffset Time { get; init; }

    public required string Event { get; init; }

    public required string Id { get; init; }

    public string? MessageId { get; init; }

    public string? Pool { get; init; }

    public string? Pod { get; init; }

    public string? Sender { get; init; }

    public ImmutableArray<string> Recipients { get; init; }

    /// <summary>How many they were, where the line does not name all of them; 0 where it does.</summary>
    public int RecipientCount { get; init; }

    public string? Hub { get; init; }

    public string? Reply { get; init; }

    public string? QueueId { get; init; }

    public string? Client { get; init; }

    public string? Helo { get; init; }

    public string? Tls { get; init; }

    public string? User { get; init; }

    public long? Bytes { get; init; }

    public double? Seconds { get; init; }

    public int? Attempt { get; init; }

    public string? Reason { get; init; }

    /// <summary>The line itself, without what stood before it.</summary>
    [JsonIgnore]
    public string Json { get; private init; } = "";

    /// <summary>Reads a line, behind whatever prefix; null for one that is none of ours, or was cut off.</summary>
    public static TrackedEvent? Parse(string line)
    {
        var start = line.IndexOf(Start, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var json = line[start..].TrimEnd();
        try
        {
            var read = JsonSerializer.Deserialize(json, TrackedEventJson.Default.TrackedEvent);
            if (read is null || (!read.Recipients.IsDefault && read.Recipients.Contains(null!)))
            {
                return null;
            }

            return read with { Json = json, Recipients = read.Recipients.IsDefault ? [] : read.Recipients };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
