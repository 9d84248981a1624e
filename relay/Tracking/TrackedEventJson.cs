using System.Text.Json.Serialization;

namespace RelayOperator.Relay.Tracking;

/// <summary>How a line of tracking is read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TrackedEvent))]
internal sealed partial class TrackedEventJson : JsonSerializerContext;
