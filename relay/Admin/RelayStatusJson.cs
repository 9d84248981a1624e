using System.Text.Json.Serialization;

namespace RelayOperator.Relay.Admin;

/// <summary>How /status is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RelayStatus))]
public sealed partial class RelayStatusJson : JsonSerializerContext;
