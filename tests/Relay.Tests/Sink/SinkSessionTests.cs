using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RelayOperator.Relay.Sink;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Sink;

/// <summary>Transcripts over a real socket: C: is what the client sends, S: how the reply begins, S: alone the end.</summary>
public sealed class SinkSessionTests
{
    private static readonly SinkOptions Plain = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0) };

    [Theory]
    [InlineData("S:220 ", "C:EHLO x", "S:250-relay-sink\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-SIZE\n250-DSN\n250 ENHANCEDSTATUSCODES", "C:QUIT", "S:221 2.0.0", "S:")]
    [InlineData("S:220 ", "C:MAIL FROM:<a@b.test>", "S:503 5.5.1", "C:HELO x", "S:250 ", "C:RCPT TO:<c@d.test>", "S:503 5.5.1", "C:DATA", "S:503 5.5.1", "C:MAIL FROM:<>", "S:250 2.1.0", "C:DATA", "S:554 5.5.1", "C:MAIL FROM:<>", "S:503 5.5.1")]
    [InlineData("S:220 ", "C:HELO", "S:501 5.5.4", "C:HELO x", "S:250 ", "C:MAIL FROM:a", "S:501 5.1.7", "C:NOOP", "S:250 2.0.0", "C:VRFY a", "S:252 ", "C:HELP", "S:214 ", "C:WHAT", "S:500 5.5.1", "C:STARTTLS", "S:500 5.5.1")]
    [InlineData("S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA", "S:250 2.1.0", "S:250 2.1.5", "S:354 ", "C:hello\r\n.\r\nMAIL FROM:<a@b.test>", "S:250 2.0.0", "S:250 2.1.0", "C:RSET", "S:250 2.0.0", "C:RCPT TO:<c@d.test>", "S:503 5.5.1")]
    [InlineData("S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>", "S:250", "C:RCPT TO:<c@d.test>", "S:250", "C:DATA", "S:354 ", "C:a\n.\nb\r\n.", "S:550 5.6.11", "C:NOOP", "S:250")]
    [InlineData("S:220 ", "C:NOOP\nNOOP", "S:500 5.5.2", "S:")]
    public async Task A_session_goes(params string[] transcript)
    {
        await using var sink = SinkServer.Start(Plain, TimeProvider.System);
        await PlayAsync(sink, transcript);
    }

    [Theory]
    [InlineData("banner=554", "S:554 ", "C:EHLO x", "S:503 ", "C:QUIT", "S:221 ", "S:")]
    [InlineData("banner=421", "S:421 ", "S:")]
    [InlineData("ehlo=502", "S:220 ", "C:EHLO x", "S:502 ", "C:MAIL FROM:<>", "S:503 ", "C:HELO x", "S:250 ", "C:MAIL FROM:<>", "S:250 ")]
    [InlineData("mail=451", "S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<>", "S:451 4.0.0", "C:RCPT TO:<a@b.test>", "S:503 ")]
    [InlineData("rcpt=450*2", "S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<>", "S:250", "C:RCPT TO:<a@b.test>", "S:250 ", "C:RCPT TO:<a@b.test>", "S:450 ", "C:RCPT TO:<a@b.test>", "S:250 ")]
    [InlineData("data=451", "S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<>", "S:250", "C:RCPT TO:<a@b.test>", "S:250 ", "C:DATA", "S:451 ", "C:NOOP", "S:250 ")]
    [InlineData("dot=421 4.3.2 down", "S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<>", "S:250", "C:RCPT TO:<a@b.test>", "S:250 ", "C:DATA", "S:354 ", "C:.", "S:421 4.3.2 down", "S:")]
    public async Task A_scripted_reply_takes_the_place_of_the_usual_one(string reply, params string[] transcript)
    {
        await using var sink = SinkServer.Start(Plain with { Replies = [ScriptedReply.Parse(reply, out _)!] }, TimeProvider.System);
        await PlayAsync(sink, transcript);
        Assert.Equal(0, sink.Counters.Messages);
    }

    [Fact]
    public async Task A_message_is_kept_byte_for_byte_before_its_250()
    {
        using var folder = new TempFolder();
        await using var sink = SinkServer.Start(Plain with { Keep = new DirectoryInfo(folder.Path) }, TimeProvider.System);
        await PlayAsync(sink, [.. UpToData, "C:Subject: x\r\n\r\n..stuffed\r\n.\r\nQUIT", "S:250 2.0.0", "S:221 "]);
        var kept = Assert.Single(Directory.GetFiles(folder.Path, "*.eml"));
        Assert.Equal("Subject: x\r\n\r\n.stuffed\r\n", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
        Assert.Equal((1, 24), (sink.Counters.Messages, sink.Counters.Bytes));
    }

    [Fact]
    public async Task A_message_that_is_refused_or_cut_off_leaves_no_file()
    {
        using var folder = new TempFolder();
        var options = Plain with { Keep = new DirectoryInfo(folder.Path), Replies = [ScriptedReply.Parse("dot=550", out _)!] };
        await using var sink = SinkServer.Start(options, TimeProvider.System);
        await PlayAsync(sink, [.. UpToData, "C:refused\r\n.", "S:550 "]);
        await PlayAsync(sink, [.. UpToData, "C:cut off"]);
        await Eventually.True(() => sink.Counters.Open == 0, "the sessions have ended");
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_message_larger_than_every_buffer_is_kept_whole()
    {
        using var folder = new TempFolder();
        await using var sink = SinkServer.Start(Plain with { Keep = new DirectoryInfo(folder.Path) }, TimeProvider.System);
        var content = string.Concat(Enumerable.Range(0, 40_000).Select(line => $"line {line}\r\n"));
        await PlayAsync(sink, [.. UpToData, $"C:{content}.", "S:250 2.0.0"]);
        var kept = Assert.Single(Directory.GetFiles(folder.Path, "*.eml"));
        Assert.Equal(content, await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_sink_that_leaves_answers_the_message_under_way_and_then_421()
    {
        await using var sink = SinkServer.Start(Plain, TimeProvider.System);
        using var idle = await SmtpWire.ConnectAsync(sink.EndPoint);
        Assert.StartsWith("220 ", await idle.ReplyAsync(), StringComparison.Ordinal);
        using var busy = await SmtpWire.ConnectAsync(sink.EndPoint);
        await TalkAsync(busy, UpToData);
        var leaving = sink.DisposeAsync();
        Assert.StartsWith("421 4.3.2", await idle.ReplyAsync(), StringComparison.Ordinal);
        await TalkAsync(busy, ["C:.", "S:250 2.0.0", "S:421 4.3.2", "S:"]);
        await leaving;
    }

    [Fact]
    public async Task What_was_pipelined_behind_STARTTLS_is_not_obeyed()
    {
        using var certificate = SinkCertificate.SelfSigned(IPAddress.Loopback, TimeProvider.System);
        await using var sink = SinkServer.Start(Plain with { Tls = SinkTls.StartTls, Certificate = certificate }, TimeProvider.System);
        using var client = new TcpClient();
        await client.ConnectAsync(sink.EndPoint, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await ReadUntilAsync(stream, "220 ");
        await stream.WriteAsync("EHLO x\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Contains("STARTTLS", await ReadUntilAsync(stream, "250 "), StringComparison.Ordinal);
        await stream.WriteAsync("STARTTLS\r\nHELO injected\r\nMAIL FROM:<injected@b.test>\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await ReadUntilAsync(stream, "220 ");
        await using var secure = new SslStream(stream, leaveInnerStreamOpen: true, (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, TestContext.Current.CancellationToken);
        await secure.WriteAsync("MAIL FROM:<a@b.test>\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.StartsWith("503 ", await ReadUntilAsync(secure, "503 "), StringComparison.Ordinal);
        await secure.WriteAsync("EHLO x\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("STARTTLS", await ReadUntilAsync(secure, "250 "), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_read_with_its_key_from_one_file()
    {
        using var folder = new TempFolder();
        using var made = SinkCertificate.SelfSigned(IPAddress.Loopback, TimeProvider.System);
        using var key = made.GetECDsaPrivateKey()!;
        var file = new FileInfo(folder.File("sink.pem"));
        File.WriteAllText(file.FullName, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        using var read = SinkCertificate.Load(file);
        Assert.Equal((made.Thumbprint, true), (read.Thumbprint, read.HasPrivateKey));
    }

    private static string[] UpToData =>
        ["S:220 ", "C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA", "S:250 ", "S:250 ", "S:354 "];

    private static async Task PlayAsync(SinkServer sink, string[] transcript)
    {
        using var client = await SmtpWire.ConnectAsync(sink.EndPoint);
        await TalkAsync(client, transcript);
    }

    private static async Task TalkAsync(SmtpWire client, string[] transcript)
    {
        foreach (var line in transcript)
        {
            if (line.StartsWith("C:", StringComparison.Ordinal))
            {
                await client.SendAsync(line[2..] + "\r\n");
                continue;
            }

            var reply = await client.ReplyAsync();
            Assert.StartsWith(line[2..], reply, StringComparison.Ordinal);
            Assert.False(line == "S:" && reply.Length != 0, reply);
        }
    }

    // Reads whole replies until one has a line that begins so; a line with a blank after its code is a reply's last.
    private static async Task<string> ReadUntilAsync(Stream stream, string last)
    {
        var text = new StringBuilder();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, TestContext.Current.CancellationToken) == 1)
        {
            text.Append((char)octet[0]);
            if (octet[0] == '\n' && text.ToString().Split("\r\n")[^2].StartsWith(last, StringComparison.Ordinal))
            {
                break;
            }
        }

        return text.ToString();
    }
}
