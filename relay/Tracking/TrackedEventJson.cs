using System.Text.Json.Serialization;

namespace RelayOperator.Relay.Tracking;

/// <summary>How a line of tracking is read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrackedEvent))]
internal sealed partial class TrackedEventJson : JsonSerializerContext;
