using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RelayOperator.Relay.Admin;

/// <summary>Traces: an activity per transaction, exported by OTLP where the standard OTEL_ variables say where to.</summary>
public static class RelayTelemetry
{
    public const string SourceName = "RelayOperator.Relay";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a transaction's activity; null where nobody listens.</summary>
    /// <param name="traceParent">W3C context that the message carries; null or nonsense begins a new trace.</param>
    public static Activity? StartTransaction(string? traceParent) =>
        Source.HasListeners()
            ? ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)
                ? Source.StartActivity("smtp transaction", ActivityKind.Server, parent)
                : Source.StartActivity("smtp transaction", ActivityKind.Server)
            : null;

    /// <summary>Begins the activity of one attempt at a hub.</summary>
    public static Activity? StartAttempt(string hub) =>
        Source.StartActivity("hub attempt", ActivityKind.Client)?.SetTag("relay.hub", hub);

    /// <summary>The exporter, or null where no OTLP endpoint is set.</summary>
    public static TracerProvider? Start(string pool) =>
        IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("relay").AddAttributes([new("relay.pool", pool)]))
                .AddSource(SourceName)
                .AddOtlpExporter()
                .Build()
            : null;

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
