using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Clients that others wrote, over TLS to a real relay, whose pool file carries its certificates.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class TlsClientTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly TempFolder _folder = new();
    private readonly int _smtps = FreePort.Next();
    private readonly ScriptedHub _hub = new();
    private RelayProcess _relay = null!;

    private string Authority => _folder.File("ca.pem");

    private string Port => _relay.Port.ToString(CultureInfo.InvariantCulture);

    private string SmtpsPort => _smtps.ToString(CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Authority, _authority.Pem);
        _relay = await RelayProcess.StartAsync([_hub.Port]);
        await ServeAsync(_authority.IssuePem("localhost"));
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-tls1_2", "Protocol version: TLSv1.2")]
    [InlineData("-tls1_3", "Protocol version: TLSv1.3")]
    public async Task Openssl_finds_a_valid_chain_and_no_older_version(string version, string found)
    {
        var (code, output, error) = await OpensslAsync("-starttls", "smtp", version);
        Assert.True(code == 0, output + error);
        Assert.Contains(found, output + error, StringComparison.Ordinal);
        Assert.Contains("Verification: OK", output + error, StringComparison.Ordinal);

        Assert.NotEqual(0, (await OpensslAsync("-starttls", "smtp", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")).Code);
    }

    [Fact]
    public async Task Renegotiation_is_refused()
    {
        await using var client = Openssl("-tls1_2");
        await UntilAsync(client, "220 test.default");
        await client.SayAsync("R"); // what asks s_client for it
        await UntilAsync(client, "RENEGOTIATING");
        await client.ExitAsync();
        Assert.DoesNotContain(client.Output, line => line.Contains("250 ", StringComparison.Ordinal));
        await Eventually.True(() => client.Output.Any(line => line.Contains("no renegotiation", StringComparison.Ordinal) || line.Contains("unexpected", StringComparison.Ordinal)), "it is told no", 20);
    }

    [Fact]
    public async Task A_client_certificate_opens_the_rule_that_names_it()
    {
        var (certificate, key) = _authority.IssuePem("erp.corp.example");
        await File.WriteAllTextAsync(_folder.File("client.crt"), certificate);
        await File.WriteAllTextAsync(_folder.File("client.key"), key);
        await ServeAsync(_authority.IssuePem("localhost"), "clientCertificates: [ERP.corp.example]");
        string[] swaks = ["--server", "127.0.0.1", "--port", Port, "--tls", "--from", "app@corp.example", "--to", "user@corp.example"];

        var without = await Command.RunAsync("swaks", swaks);
        Assert.Contains("530 5.7.0 Your access rule needs a client certificate", without.Output, StringComparison.Ordinal);
        var with = await Command.RunAsync("swaks", [.. swaks, "--tls-cert", _folder.File("client.crt"), "--tls-key", _folder.File("client.key")]);
        Assert.True(with.Code == 0, with.Output + with.Error);
        Assert.Single(_hub.Messages);
    }

    [Fact]
    public async Task A_session_resumed_from_an_earlier_one_still_has_its_client_certificate()
    {
        var (certificate, key) = _authority.IssuePem("erp.corp.example");
        await File.WriteAllTextAsync(_folder.File("client.pem"), certificate + "\n" + key);
        await ServeAsync(_authority.IssuePem("localhost"), "clientCertificates: [erp.corp.example]");

        foreach (var (version, session) in new[] { ("-tls1_3", "-sess_out"), ("-tls1_3", "-sess_in"), ("-tls1_2", "-sess_out"), ("-tls1_2", "-sess_in") })
        {
            await using var client = Openssl(version, "-cert", _folder.File("client.pem"), session, _folder.File("session" + version));
            await UntilAsync(client, "220 test.default");
            await client.SayAsync("EHLO x");
            await UntilAsync(client, "250 ");
            await client.SayAsync("MAIL FROM:<a@b.test>");
            await UntilAsync(client, "250 2.1.0");
            await client.SayAsync("QUIT");
            await client.ExitAsync();
            Assert.Contains(client.Output, line => line.Contains(session == "-sess_in" ? "Reused, TLS" : "New, TLS", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_new_certificate_in_the_file_is_shown_within_seconds_and_drops_no_session()
    {
        using var open = await MailKitAsync();
        var before = await SerialAsync();

        await ServeAsync(_authority.IssuePem("localhost"));

        Assert.NotEqual(before, await SerialAsync());
        await open.SendAsync(Message());
        await open.DisconnectAsync(quit: true);
        Assert.Single(_hub.Messages);
    }

    [Fact]
    public async Task A_key_that_does_not_fit_is_a_fault_with_its_place_and_the_last_good_pair_stays()
    {
        var before = await SerialAsync();
        var (certificate, _) = _authority.IssuePem("localhost");

        await File.WriteAllTextAsync(_relay.PoolFile, Pool((certificate, _authority.IssuePem("localhost").Key), ""));

        await Eventually.True(async () => (await FaultsAsync()).Length != 0, "the fault is told");
        var faults = await FaultsAsync();
        Assert.Equal(2, faults.Length);
        Assert.Contains("spec.listeners[0].tls.secretRef.name", faults[0], StringComparison.Ordinal);
        Assert.Contains("spec.listeners[1].tls.secretRef.name", faults[1], StringComparison.Ordinal);
        Assert.Contains("Secret pair whose tls.crt and tls.key cannot be read as a certificate and its key", faults[0], StringComparison.Ordinal);
        Assert.Equal(before, await SerialAsync());
    }

    private async Task<string[]> FaultsAsync() =>
        [.. (await _relay.StatusAsync()).GetProperty("configFaults").EnumerateArray().Select(fault => fault.GetString()!)];

    private async Task ServeAsync((string Certificate, string Key) pair, string access = "")
    {
        await File.WriteAllTextAsync(_relay.PoolFile, Pool(pair, access));
        using var expected = X509Certificate2.CreateFromPem(pair.Certificate);
        await Eventually.True(async () => await SerialAsync() == expected.GetSerialNumberString(), "the certificate is shown", 20);
    }

    /// <summary>Serial number of the certificate that the SMTPS listener shows; "" for none.</summary>
    private async Task<string> SerialAsync()
    {
        try
        {
            using var wire = await SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _smtps));
            await wire.SecureAsync();
            return wire.Tls.RemoteCertificate!.GetSerialNumberString();
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
        {
            return "";
        }
    }

    private async Task<SmtpClient> MailKitAsync()
    {
        // Its chain is openssl's and curl's to verify.
        var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost" };
        await client.ConnectAsync("localhost", _relay.Port, SecureSocketOptions.StartTls);
        Assert.True(client.IsSecure);
        return client;
    }

    private ChildProcess Openssl(params string[] options) =>
        ChildProcess.Start("openssl", ["s_client", "-connect", $"127.0.0.1:{SmtpsPort}", "-CAfile", Authority, "-crlf", .. options]);

    // What openssl says itself may stand in the same line.
    private static Task UntilAsync(ChildProcess client, string text) => Eventually.True(
        () => client.Output.Any(line => line.Contains(text, StringComparison.Ordinal)), $"{text} is read", 20);

    private Task<(int Code, string Output, string Error)> OpensslAsync(params string[] options) => Command.RunAsync(
        "sh", "-c", $"echo QUIT | timeout 20 openssl s_client -connect 127.0.0.1:{Port} -CAfile {Authority} -verify_return_error -brief -crlf {string.Join(' ', options)}");

    private static MimeMessage Message()
    {
        var message = new MimeMessage();
        message.From.Add(new MailboxAddress("App", "app@corp.example"));
        message.To.Add(new MailboxAddress("User", "user@corp.example"));
        message.Subject = "by TLS";
        message.Body = new TextPart("plain") { Text = "Hello" };
        return message;
    }

    private string Pool((string Certificate, string Key) pair, string access) => SecretPool.Of(
        [
            $"{{ name: smtp, port: {_relay.Port}, tls: {{ mode: Optional, secretRef: {{ name: pair }}, clientCASecretRef: {{ name: ca }} }} }}",
            $"{{ name: smtps, port: {_smtps}, protocol: SMTPS, tls: {{ secretRef: {{ name: pair }}, clientCASecretRef: {{ name: ca }} }} }}",
        ],
        $"{{ name: local, clientCIDRs: [127.0.0.0/8], {access} }}",
        _hub.Port,
        [.. SecretPool.Pair("pair", pair), ("ca", "ca.crt", _authority.Pem)]);
}
