using System.Collections.Concurrent;
using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>The traces of an operator as a real process, at a collector that speaks OTLP over HTTP.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OperatorTraceTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _exports = new();
    private readonly WebApplication _collector;

    public OperatorTraceTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _collector = builder.Build();
        _collector.Run(CollectAsync);
    }

    public async ValueTask InitializeAsync() => await _collector.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _collector.StopAsync(new CancellationToken(canceled: true));
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task The_standard_variables_send_them_to_a_collector_under_the_operators_name()
    {
        await using var server = await ApiServer.StartAsync();
        await server.InstallDefinitionsAsync();
        await server.InstallAsync("""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: corp }
            spec:
              listeners: [{ name: smtp, port: 25 }]
              access: [{ name: lob, clientCIDRs: [10.20.0.0/16] }]
              hubs: { selector: { matchLabels: { pool: corp } } }
            """);
        await using var process = await OperatorProcess.StartAsync(
            server.Address,
            server.TokenOfAdmin("traced"),
            "traced",
            [$"OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Urls.First()}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_BSP_SCHEDULE_DELAY=100"]);

        string[] texts = ["/v1/traces", "relay-operator", "reconcile relaypool", "gather", "derive", "apply", "Deployment"];
        await Eventually.True(
            () => texts.All(text => _exports.Any(export => export.Contains(text, StringComparison.Ordinal))),
            "the collector has the traces of the pool",
            30);
    }

    // What is text in it is so in protobuf's encoding, too.
    private async Task CollectAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _exports.Enqueue($"{context.Request.Path} {Encoding.Latin1.GetString(body.ToArray())}");
    }
}
