using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RelayOperator.Operator.Admin;

/// <summary>
/// Traces: an activity per reconciliation with a child per step and per write, exported by OTLP as the standard OTEL_
/// variables say. Where nobody listens no activity is made.
/// </summary>
public static class OperatorTelemetry
{
    public const string SourceName = "RelayOperator.Operator";

    internal static readonly ActivitySource Source = new(SourceName);

    /// <summary>The exporter, or null where the variables ask for none.</summary>
    public static TracerProvider? Start() =>
        IsWanted
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .AddSource(SourceName)
                .AddOtlpExporter()
                .Build()
            : null;

    private static bool IsWanted =>
        !Is("OTEL_SDK_DISABLED", "true")
        && (Is("OTEL_TRACES_EXPORTER", "otlp")
            || (!IsSet("OTEL_TRACES_EXPORTER") && (IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))));

    // A service named by the variables is named by them: the last one to name it would win.
    private static void Describe(ResourceBuilder resource)
    {
        if (!IsSet("OTEL_SERVICE_NAME") && !Value("OTEL_RESOURCE_ATTRIBUTES").Contains("service.name=", StringComparison.Ordinal))
        {
            resource.AddService("relay-operator");
        }
    }

    private static bool IsSet(string variable) => Value(variable).Length != 0;

    private static bool Is(string variable, string value) => string.Equals(Value(variable), value, StringComparison.OrdinalIgnoreCase);

    private static string Value(string variable) => Environment.GetEnvironmentVariable(variable) ?? "";
}
