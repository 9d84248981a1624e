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

    /// <summary>The exporter, or null where the variables ask for none.</summary>
    public static TracerProvider? Start(string pool) =>
        IsWanted
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => Describe(resource, pool))
                .AddSource(SourceName)
                .AddOtlpExporter()
                .Build()
            : null;

    private static bool IsWanted =>
        !Is("OTEL_SDK_DISABLED", "true")
        && (Is("OTEL_TRACES_EXPORTER", "otlp")
            || (!IsSet("OTEL_TRACES_EXPORTER") && (IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))));

    // A service named by the variables is named by them: the last one to name it would win.
    private static void Describe(ResourceBuilder resource, string pool)
    {
        if (!IsSet("OTEL_SERVICE_NAME") && !Value("OTEL_RESOURCE_ATTRIBUTES").Contains("service.name=", StringComparison.Ordinal))
        {
            resource.AddService("relay");
        }

        resource.AddAttributes([new("relay.pool", pool)]);
    }

    private static bool IsSet(string variable) => Value(variable).Length != 0;

    private static bool Is(string variable, string value) => string.Equals(Value(variable), value, StringComparison.OrdinalIgnoreCase);

    private static string Value(string variable) => Environment.GetEnvironmentVariable(variable) ?? "";
}
