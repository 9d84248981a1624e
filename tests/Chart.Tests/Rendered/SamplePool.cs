namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>The pool and hubs of a rendering as one file, as <c>relay run --pool</c> reads it. JSON is YAML.</summary>
internal static class SamplePool
{
    public static string Of(Rendering rendering) =>
        string.Join("\n---\n", rendering.Objects.Where(item => item.Kind is "RelayPool" or "HubTransport").Select(item => item.Content.ToJsonString()));
}
