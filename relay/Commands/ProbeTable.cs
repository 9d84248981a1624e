using System.Collections.Immutable;
using System.Globalization;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Commands;

/// <summary>
/// The table of <c>relay probe</c>: one row for each depth up to the one asked for, each tried on a connection of its
/// own as the health probe does it, so that a row's time is that of a probe of this depth. Ends at the first failure.
/// </summary>
public static class ProbeTable
{
    /// <summary>Probes depth by depth and hands out each row as it is known; true when all of it worked.</summary>
    public static async Task<bool> RunAsync(
        Func<ProbeDepth, Task<ProbeReport>> probe, ProbeDepth deepest, HubConfig hub, Action<string> writeRow)
    {
        for (var depth = ProbeDepth.Connect; depth <= deepest; depth++)
        {
            if (depth == ProbeDepth.Auth && hub.Credentials is null)
            {
                writeRow(Row(depth, "-", null, "no credentials given"));
                continue;
            }

            var report = await probe(depth);
            foreach (var row in Rows(depth, report, hub))
            {
                writeRow(row);
            }

            if (!report.Ok)
            {
                return false;
            }
        }

        return true;
    }

    private static ImmutableArray<string> Rows(ProbeDepth depth, ProbeReport report, HubConfig hub)
    {
        if (!report.Ok)
        {
            return [.. report.Steps.Select(step => Row(depth, step.Ok ? "ok" : "FAILED", step.Elapsed, $"{step.Phase}: {step.Text}"))];
        }

        var first = report.Steps[0];
        return depth switch
        {
            ProbeDepth.Connect => [Row(depth, "ok", first.Elapsed, "the hub greets")],
            ProbeDepth.Ehlo => [Row(depth, "ok", first.Elapsed, Offers(report.Capabilities))],
            ProbeDepth.Tls when first.Phase != HubPhase.Tls => [Row(depth, "-", null, hub.Tls.Mode == HubTlsMode.Disabled ? "not wanted" : "not offered")],
            ProbeDepth.Tls => [Row(depth, "ok", first.Elapsed, first.Text)],
            ProbeDepth.Auth => [Row(depth, "ok", first.Elapsed, hub.Credentials?.Oauth2 is { } oauth2 ? $"logged in with a token from {new Uri(oauth2.TokenUrl).Host}" : "logged in")],
            _ => [.. report.Steps.Skip(1).Select(step => Row(depth, "ok", step.Elapsed, $"{step.Phase}: {step.Text}"))],
        };
    }

    private static string Offers(HubCapabilities? capabilities) => capabilities is null
        ? ""
        : $"{capabilities.Extensions}"
            + (capabilities.MaxMessageBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $", up to {capabilities.MaxMessageBytes} bytes") : "")
            + (capabilities.AuthMechanisms.IsEmpty ? "" : $", AUTH {string.Join(' ', capabilities.AuthMechanisms)}")
            + (capabilities.LoopUid.Length == 0 ? "" : $", a relay of pool {capabilities.LoopUid}");

    private static string Row(ProbeDepth depth, string result, TimeSpan? elapsed, string text) => string.Create(
        CultureInfo.InvariantCulture,
        $"{depth,-10} {result,-7} {(elapsed is { } time ? $"{time.TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture)} ms" : ""),10}  {text}");
}
