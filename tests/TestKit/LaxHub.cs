using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>
/// The hub that smugglers hope for: it drops NUL before it looks at anything, and a bare CR and a bare LF end a line as
/// CRLF does, in commands as in messages, so that LF "." LF ends a message and what follows is taken for commands. Octets
/// are Latin-1 characters.
/// </summary>
public sealed class LaxHub : IAsyncDisposable
{
    private const string Offers = "250-lax\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 100000000";

    private readonly LoopbackServer _server;

    public LaxHub() => _server = new LoopbackServer(RunAsync);

    public int Port => _server.Port;

    /// <summary>Every MAIL command that it heard.</summary>
    public ConcurrentQueue<string> Envelopes { get; } = new();

    /// <summary>Messages that it took, by their MAIL command; as lines that end with LF.</summary>
    public ConcurrentQueue<(string Mail, string Body)> Messages { get; } = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task RunAsync(Socket socket, CancellationToken cancellationToken)
    {
        var (chunk, line, replies) = (new byte[16 * 1024], new StringBuilder(), new StringBuilder("220 lax ESMTP\r\n"));
        var (mail, wasCr) = ("", false);
        StringBuilder? body = null;
        while (true)
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(replies.ToString()), cancellationToken);
            replies.Clear();
            var read = await socket.ReceiveAsync(chunk.AsMemory(), cancellationToken);
            if (read == 0)
            {
                return;
            }

            foreach (var octet in Encoding.Latin1.GetString(chunk, 0, read).Replace("\0", "", StringComparison.Ordinal))
            {
                if (octet is not ('\r' or '\n'))
                {
                    line.Append(octet);
                }
                else if (octet == '\r' || !wasCr)
                {
                    Take(line.ToString());
                    line.Clear();
                }

                wasCr = octet == '\r';
            }
        }

        void Take(string text)
        {
            if (body is null)
            {
                replies.Append(Answer(text)).Append("\r\n");
            }
            else if (text != ".")
            {
                body.Append(text.StartsWith('.') ? text[1..] : text).Append('\n');
            }
            else
            {
                Messages.Enqueue((mail, body.ToString()));
                body = null;
                replies.Append("250 2.0.0 Ok\r\n");
            }
        }

        string Answer(string command)
        {
            switch (command.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    return Offers;
                case "MAIL":
                    Envelopes.Enqueue(mail = command);
                    return "250 2.1.0 Ok";
                case "DATA":
                    body = new StringBuilder();
                    return "354 Go";
                case "RCPT" or "RSET" or "NOOP" or "HELO":
                    return "250 2.0.0 Ok";
                case "QUIT":
                    return "221 2.0.0 Bye";
                default:
                    return "500 5.5.1 What?";
            }
        }
    }
}
