using System.Globalization;
using System.Runtime.Versioning;
using RelayOperator.EndToEnd.Tests.Clients;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Clients that others wrote, which authenticate with a real relay whose pool file carries its users.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class LoginClientTests : IAsyncLifetime
{
    // Of "swordfish"; crypt(3) made the one, Python the other.
    internal const string Bcrypt = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";
    private const string Scram = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$8Wrf8Epev7R0LqOnTBO+Im5Oc+hpZ+D1OssJIBpHgp0=:q79GxJrntgXm79c/Aj/yq7yM5WJjGzaC8bDrQGyxHUA=";

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
    public async Task Who_does_not_know_the_password_hears_so_by(string mechanism)
    {
        var (code, output, _) = await Command.RunAsync(
            "swaks", "--server", "127.0.0.1", "--port", Port, "--tls", "--from", "app@corp.example", "--to", "user@corp.example",
            "--auth", mechanism, "--auth-user", "app", "--auth-password", "guess");
        Assert.NotEqual(0, code);
        Assert.Contains("535 5.7.8", output, StringComparison.Ordinal);
        Assert.Empty(_hub.Messages);
    }

    [Fact]
    public async Task Users_in_the_file_change_while_it_runs()
    {
        await ServeAsync($"app:{Scram}", "SCRAM-SHA-256 PLAIN LOGIN");
        Assert.Equal("", await SendAsync());
        await ServeAsync($"other:{Bcrypt}", "PLAIN LOGIN");
        Assert.Contains("535", await SendAsync(), StringComparison.Ordinal);

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

    private Task<string> SendAsync() => PublishedClients.SendAsync(
        "smtplib", new SendOrder(_relay.Port, Security.StartTls, "PLAIN", "app@corp.example", _folder.File("ca.pem"), _folder.File("message")));

    private string Pool(string users) => SecretPool.Of(
        [$"{{ name: smtp, port: {_relay.Port}, tls: {{ mode: Optional, secretRef: {{ name: pair }} }}, auth: {{ mode: Required, usersSecretRef: {{ name: users }} }} }}"],
        "{ name: local, clientCIDRs: [127.0.0.0/8], requireAuth: true }",
        _hub.Port,
        [.. SecretPool.Pair("pair", _authority.IssuePem("localhost")), ("users", "users", users)]);
}
