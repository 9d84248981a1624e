using System.Globalization;
using System.Runtime.Versioning;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Clients that others wrote, which authenticate with a real relay whose pool file carries its users.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class LoginClientTests : IAsyncLifetime
{
    // Of "swordfish"; crypt(3) made the one, Python the other.
    private const string Bcrypt = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";
    private const string Scram = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$8Wrf8Epev7R0LqOnTBO+Im5Oc+hpZ+D1OssJIBpHgp0=:q79GxJrntgXm79c/Aj/yq7yM5WJjGzaC8bDrQGyxHUA=";

    private const string Smtplib =
        "import smtplib,ssl,sys\n"
        + "c=ssl.create_default_context(cafile=sys.argv[2])\n"
        + "s=smtplib.SMTP('localhost',int(sys.argv[1]))\n"
        + "s.starttls(context=c)\n"
        + "s.login('app','swordfish')\n"
        + "s.sendmail('app@corp.example',['user@corp.example'],'Subject: x\\r\\n\\r\\nx\\r\\n')\n"
        + "s.quit()\n";

    private readonly TestAuthority _authority = new();
    private readonly TempFolder _folder = new();
    private readonly ScriptedHub _hub = new();
    private RelayProcess _relay = null!;

    private string Port => _relay.Port.ToString(CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.File("ca.pem"), _authority.Pem);
        await File.WriteAllTextAsync(_folder.File("message"), "Subject: x\r\n\r\nx\r\n");
        _relay = await RelayProcess.StartAsync([_hub.Port]);
        await ServeAsync($"app:{Bcrypt}", "PLAIN LOGIN");
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task Swaks_logs_in_by(string mechanism)
    {
        string[] swaks =
        [
            "--server", "127.0.0.1", "--port", Port, "--tls", "--from", "app@corp.example", "--to", "user@corp.example",
            "--auth", mechanism, "--auth-user", "app", "--auth-password",
        ];
        var (code, output, error) = await Command.RunAsync("swaks", [.. swaks, "swordfish"]);
        Assert.True(code == 0, output + error);
        Assert.Contains("\twith ESMTPSA (TLS1.", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);

        var wrong = await Command.RunAsync("swaks", [.. swaks, "guess"]);
        Assert.NotEqual(0, wrong.Code);
        Assert.Contains("535 5.7.8", wrong.Output, StringComparison.Ordinal);
        Assert.Single(_hub.Messages);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task Curl_logs_in_by(string mechanism)
    {
        var (code, output, error) = await Command.RunAsync(
            "curl", "--ipv4", "--silent", "--show-error", "--ssl-reqd", "--cacert", _folder.File("ca.pem"), "--user", "app:swordfish", "--login-options", $"AUTH={mechanism}",
            "--mail-from", "app@corp.example", "--mail-rcpt", "user@corp.example", "--upload-file", _folder.File("message"), $"smtp://localhost:{Port}/client.test");
        Assert.True(code == 0, output + error);
        Assert.Single(_hub.Messages);
    }

    [Fact]
    public async Task Pythons_smtplib_logs_in()
    {
        var (code, output, error) = await Command.RunAsync("python3", "-c", Smtplib, Port, _folder.File("ca.pem"));
        Assert.True(code == 0, output + error);
        Assert.Single(_hub.Messages);
    }

    [Fact]
    public async Task Users_in_the_file_change_while_it_runs()
    {
        await ServeAsync($"app:{Scram}", "SCRAM-SHA-256 PLAIN LOGIN");
        var (code, output, error) = await Command.RunAsync("python3", "-c", Smtplib, Port, _folder.File("ca.pem"));
        Assert.True(code == 0, output + error);
        await ServeAsync($"other:{Bcrypt}", "PLAIN LOGIN");
        Assert.NotEqual(0, (await Command.RunAsync("python3", "-c", Smtplib, Port, _folder.File("ca.pem"))).Code);

        // A line that is none leaves them as they are.
        await File.WriteAllTextAsync(_relay.PoolFile, Pool("other:hunter2"));
        await Eventually.True(async () => $"{(await _relay.StatusAsync()).GetProperty("configFaults")}".Contains("whose users line 1", StringComparison.Ordinal), "the fault is told", 20);
        Assert.DoesNotContain("hunter2", $"{await _relay.StatusAsync()}", StringComparison.Ordinal);
        Assert.EndsWith("AUTH PLAIN LOGIN", await OfferAsync(), StringComparison.Ordinal);
    }

    private async Task ServeAsync(string users, string offer)
    {
        await File.WriteAllTextAsync(_relay.PoolFile, Pool(users));
        await Eventually.True(async () => (await OfferAsync()).EndsWith($"\n250 AUTH {offer}", StringComparison.Ordinal), $"{offer} is offered", 20);
    }

    private async Task<string> OfferAsync()
    {
        using var wire = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, _relay.Port));
        await wire.ReplyAsync();
        if (!(await wire.AskAsync("EHLO x")).Contains("STARTTLS", StringComparison.Ordinal))
        {
            return "";
        }

        await wire.StartTlsAsync();
        return await wire.AskAsync("EHLO x");
    }

    private string Pool(string users)
    {
        var (certificate, key) = _authority.IssuePem("localhost");
        return $$"""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: test }
            spec:
              listeners: [{ name: smtp, port: {{_relay.Port}}, tls: { mode: Optional, secretRef: { name: pair } }, auth: { mode: Required, usersSecretRef: { name: users } } }]
              access: [{ name: local, clientCIDRs: [127.0.0.0/8], requireAuth: true }]
              hubs: { selector: { matchLabels: { pool: test } } }
            ---
            apiVersion: relayoperator.io/v1beta1
            kind: HubTransport
            metadata: { name: ht1, labels: { pool: test } }
            spec: { host: 127.0.0.1, port: {{_hub.Port}} }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: pair }
            stringData: { tls.crt: {{Quoted(certificate)}}, tls.key: {{Quoted(key)}} }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: users }
            stringData: { users: {{Quoted(users)}} }

            """;
    }

    private static string Quoted(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
