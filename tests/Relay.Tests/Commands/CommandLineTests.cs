using System.Collections.Concurrent;
using System.CommandLine;
using System.Net;
using System.Text;
using RelayOperator.Relay.Commands;
using RelayOperator.Relay.Sink;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Commands;

/// <summary>What a user types, and what stands there afterwards.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("send --to 127.0.0.1", "HOST:PORT")]
    [InlineData("send --to ::1:25", "HOST:PORT")]
    [InlineData("send --to relay.example:65536", "HOST:PORT")]
    [InlineData("send", "--to")]
    [InlineData("send --to a:25 --count 0", "--count must be 1 or more")]
    [InlineData("send --to a:25 --from @", "--from: '@' is no mail address")]
    [InlineData("send --to a:25 --user x", "--password-file go together")]
    [InlineData("send --to a:25 --user x --password-file /dev/null", "password does not travel in the clear")]
    [InlineData("probe --hub a:25 --tls Required --user u", "exactly one of --password-file and --token-url")]
    [InlineData("probe --hub a:25 --tls Required --user u --password-file /dev/null --token-url https://a/", "exactly one of --password-file and --token-url")]
    [InlineData("probe --hub a:25 --tls Required --token-url https://a/", "exactly one of --password-file and --token-url")]
    [InlineData("probe --hub a:25 --tls Required --user u --token-url https://a/ --client-id c", "--client-secret-file and --scope")]
    [InlineData("probe --hub a:25 --tls Required --user u --password-file /dev/null --scope s", "--client-secret-file and --scope")]
    [InlineData("probe --hub a:25 --tls Required --user u --token-url http://a/ --client-id c --scope s --client-secret-file /dev/null", "--token-url takes an https URL")]
    [InlineData("probe --hub a:25 --user u --token-url https://a/ --client-id c --scope s --client-secret-file /dev/null", "--user needs --tls Required")]
    [InlineData("sink --listen localhost:25", "does not begin with an IP address")]
    [InlineData("sink --reply rcpt=45", "names no reply")]
    [InlineData("sink --tls-cert /nowhere.pem", "/nowhere.pem")]
    [InlineData("probe --hub a:25 --depth Deep", "--depth")]
    [InlineData("probe --hub a:25 --user x --password-file /dev/null", "needs --tls Required")]
    public async Task A_wrong_option_is_named_with_what_is_allowed(string line, string expected)
    {
        var (code, _, error) = await RunAsync(line);
        Assert.Equal(1, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_exits_with_0_only_if_every_message_was_acknowledged()
    {
        await using var sink = SinkServer.Start(
            new SinkOptions { Listen = new IPEndPoint(IPAddress.IPv6Loopback, 0), Replies = [ScriptedReply.Parse("rcpt=450*3", out _)!] },
            TimeProvider.System);
        var (code, output, _) = await RunAsync($"send --to [::1]:{sink.EndPoint.Port} --count 2 --wait-seconds 5");
        Assert.Equal(0, code);
        Assert.Contains("2 of 2 acknowledged, 0 failed", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync($"send --to [::1]:{sink.EndPoint.Port} --count 2");
        Assert.Equal(1, code);
        Assert.Contains("1 × 450 4.0.0 As told by --reply", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_that_waits_in_vain_says_so()
    {
        var (code, _, error) = await RunAsync($"send --to 127.0.0.1:{FreePort.Next()} --wait-seconds 1");
        Assert.Equal(1, code);
        Assert.Contains("did not greet within 1 s: Connection refused", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_cannot_listen_says_so()
    {
        await using var sink = SinkServer.Start(new SinkOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, TimeProvider.System);
        var (code, _, error) = await RunAsync($"sink --listen {sink.EndPoint}");
        Assert.Equal(1, code);
        Assert.Contains($"cannot serve {sink.EndPoint}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_is_told_to_end_says_what_it_took()
    {
        await using var sink = ChildProcess.Start("dotnet", Repository.Relay, "sink", "--listen", "127.0.0.1:0", "--quiet");
        await Eventually.True(() => sink.Output.Any(line => line.StartsWith("sink listening on 127.0.0.1:", StringComparison.Ordinal)), "the sink listens", 20);
        var port = sink.Output.First().Split(':')[^1];
        Assert.Equal(0, (await RunAsync($"send --to 127.0.0.1:{port} --count 3")).Code);
        await sink.SignalAsync("TERM");
        Assert.Equal(0, await sink.ExitAsync());
        await Eventually.True(() => sink.Output.Any(line => line.Contains("3 messages", StringComparison.Ordinal)), "the summary stands there");
    }

    [Fact]
    public async Task Probe_shows_each_depth_and_ends_at_the_first_failure()
    {
        using var certificate = SinkCertificate.SelfSigned(IPAddress.Loopback, TimeProvider.System);
        await using var sink = SinkServer.Start(
            new SinkOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Tls = SinkTls.StartTls, Certificate = certificate }, TimeProvider.System);
        var (code, output, _) = await RunAsync($"probe --hub {sink.EndPoint} --depth Recipient");
        Assert.Equal(0, code);
        Assert.Equal(
            ["Connect ok", "Ehlo ok", "Tls ok", "Auth -", "Recipient ok", "Recipient ok", "Recipient ok"], Rows(output));
        Assert.Equal(0, sink.Counters.Messages);
        (code, output, _) = await RunAsync($"probe --hub {sink.EndPoint} --depth Recipient --tls Required");
        Assert.Equal(1, code);
        Assert.Equal(["Connect ok", "Ehlo ok", "Tls FAILED"], Rows(output));
    }

    [Fact]
    public async Task Probe_logs_in_with_a_token_and_says_where_it_is_from_or_why_there_is_none()
    {
        using var authority = new TestAuthority();
        await using var tokens = new TokenServer(authority.Issue("127.0.0.1"));
        await using var hub = new ScriptedHub { Certificate = authority.Issue("127.0.0.1"), Login = ("relay@corp.example", "token-1"), Extensions = ["AUTH XOAUTH2"] };
        using var folder = new TempFolder();
        var probe = await ProbeLineAsync(authority, tokens, hub, folder);

        var (code, output, error) = await RunAsync(probe);
        Assert.True(code == 0, output + error);
        Assert.Equal(["Connect ok", "Ehlo ok", "Tls ok", "Auth ok"], Rows(output));
        Assert.Contains("  logged in with a token from 127.0.0.1", output, StringComparison.Ordinal);
        Assert.Contains("client_secret=hush&", tokens.Asked.Single().Form, StringComparison.Ordinal);

        tokens.Answer = TokenServer.Response(401, """{"error":"invalid_client"}""");
        (code, output, _) = await RunAsync(probe);
        Assert.Equal(1, code);
        Assert.Equal("Auth FAILED", Rows(output).Last());
        Assert.Contains("  Auth: AuthFailed no token from 127.0.0.1: invalid_client", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_asked_for_by_way_of_the_proxy_that_the_environment_names()
    {
        using var authority = new TestAuthority();
        await using var tokens = new TokenServer(authority.Issue("127.0.0.1"));
        await using var hub = new ScriptedHub { Certificate = authority.Issue("127.0.0.1"), Login = ("relay@corp.example", "token-1"), Extensions = ["AUTH XOAUTH2"] };
        var asked = new ConcurrentQueue<string>();
        await using var proxy = new LoopbackServer(async (socket, cancellationToken) =>
        {
            var head = new byte[4096];
            asked.Enqueue(Encoding.ASCII.GetString(head, 0, await socket.ReceiveAsync(head, cancellationToken)));
            await socket.SendAsync("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), cancellationToken);
        });
        using var folder = new TempFolder();
        var probe = await ProbeLineAsync(authority, tokens, hub, folder);

        await using var child = ChildProcess.Start("env", ["-u", "NO_PROXY", "-u", "no_proxy", $"HTTPS_PROXY=http://127.0.0.1:{proxy.Port}", "dotnet", Repository.Relay, .. probe.Split(' ')]);

        Assert.Equal(1, await child.ExitAsync());
        Assert.Contains(child.Output, line => line.Contains("no token from 127.0.0.1: the proxy lets nobody through to it", StringComparison.Ordinal));
        Assert.StartsWith($"CONNECT {new Uri(tokens.Url).Authority} HTTP/1.1", asked.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", asked.Single(), StringComparison.Ordinal);
        Assert.Empty(tokens.Asked);
    }

    private static async Task<string> ProbeLineAsync(TestAuthority authority, TokenServer tokens, ScriptedHub hub, TempFolder folder)
    {
        await File.WriteAllTextAsync(folder.File("ca"), authority.Pem);
        await File.WriteAllTextAsync(folder.File("secret"), "hush\n");
        return $"probe --hub 127.0.0.1:{hub.Port} --tls Required --ca-file {folder.File("ca")} --user relay@corp.example --token-url {tokens.Url} "
            + $"--client-id c --client-secret-file {folder.File("secret")} --scope s --token-ca-file {folder.File("ca")}";
    }

    private static IEnumerable<string> Rows(string output) => output
        .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        .Select(row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)));

    private static async Task<(int Code, string Output, string Error)> RunAsync(string line)
    {
        var root = new RootCommand { SinkCommand.Create(), SendCommand.Create(), ProbeCommand.Create() };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await root.Parse(line.Split(' ')).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
