using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Clients and hubs that others wrote, with a real relay in between.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class ClientTests : IAsyncLifetime
{
    private PostfixSink _first = null!;
    private PostfixSink _second = null!;
    private RelayProcess _relay = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await PostfixSink.StartAsync();
        _second = await PostfixSink.StartAsync();
        _relay = await RelayProcess.StartAsync([_first.Port, _second.Port]);
        await Eventually.True(async () => await _relay.HubStateAsync(0) == "Healthy" && await _relay.HubStateAsync(1) == "Healthy", "both hubs are healthy");
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData("kept", "-d")]
    [InlineData("new")]
    public async Task Smtp_source_delivers_over_connections_that_are(string how, params string[] options)
    {
        const int Messages = 400;
        await RunAsync("smtp-source", [.. options, "-s", "8", "-m", Messages.ToString(CultureInfo.InvariantCulture), "-l", "4096", "-f", $"{how}@app.example", "-t", "user@corp.example", $"127.0.0.1:{_relay.Port}"]);

        Assert.Equal(Messages, _first.Count + _second.Count);
        Assert.True(_first.Count > Messages / 4 && _second.Count > Messages / 4, $"{_first.Count} to one hub, {_second.Count} to the other");
    }

    [Fact]
    public async Task Swaks_delivers_what_it_sent_octet_for_octet()
    {
        const string Message = "Subject: dots\nX-Odd:  two  spaces\t\n\n.\n..leading dots\n. alone\nlast line, no full stop\n";
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("message"), Message);

        await RunAsync("swaks", ["--server", "127.0.0.1", "--port", _relay.Port.ToString(CultureInfo.InvariantCulture), "--from", "app@corp.example", "--to", "one@corp.example,two@corp.example", "--data", "@" + folder.File("message")]);

        Assert.Equal(Message.TrimEnd(), WithoutOwnField(Assert.Single(Arrived())));
    }

    [Theory]
    [InlineData("small", 3)]
    [InlineData("larger than what is gathered before a hub's DATA begins", 3 * 1024 * 1024)]
    public async Task MailKit_delivers_what_it_sent_octet_for_octet(string subject, int attachment)
    {
        var random = new byte[attachment];
        new Random(7).NextBytes(random);
        var builder = new BodyBuilder { TextBody = ".a line that begins with a dot\r\n.\r\nGrüße\r\n" };
        builder.Attachments.Add("data.bin", random);
        using var message = new MimeMessage([new MailboxAddress("App", "app@corp.example")], [new MailboxAddress("User", "user@corp.example")], subject, builder.ToMessageBody());
        message.Prepare(EncodingConstraint.SevenBit);
        using var sent = new MemoryStream();
        await message.WriteToAsync(sent);

        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", _relay.Port, SecureSocketOptions.None);
        var reply = await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);

        Assert.Contains("Ok", reply, StringComparison.Ordinal);
        var expected = Encoding.Latin1.GetString(sent.ToArray()).Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd();
        Assert.Equal(expected, WithoutOwnField(Assert.Single(Arrived())));
    }

    private string[] Arrived() => [.. _first.Messages(), .. _second.Messages()];

    // Received: from ... by ... with ...; date, the relay's own, in four lines.
    private static string WithoutOwnField(string message)
    {
        var lines = message.Split('\n');
        Assert.StartsWith("\tby test.default (RelayOperator pool ", lines[1], StringComparison.Ordinal);
        return string.Join('\n', lines[4..]).TrimEnd();
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments)
    {
        await using var client = ChildProcess.Start(program, arguments);
        var code = await client.ExitAsync();
        Assert.True(code == 0, $"{program} ended with {code}:\n{string.Join('\n', client.Output)}");
    }
}
