using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RelayOperator.Relay.Admin;

/// <summary>Traces: an activity per transaction with a child per hub attempt, exported by OTLP as the standard OTEL_ variables say.</summary>
public static class RelayTelemetry
{
    public const string SourceName = "RelayOperator.Relay";

    internal static readonly ActivitySource Source = new(SourceName);

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
