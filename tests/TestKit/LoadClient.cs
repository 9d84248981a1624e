using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>
/// Many sessions that send messages, each with an id that no other in this process has, and remember what was acknowledged. Never retries: an
/// application that names one smart host does not either.
/// </summary>
public sealed class LoadClient(EndPoint server, int sessions)
{
    private static readonly TimeSpan BeforeReconnecting = TimeSpan.FromMilliseconds(20);
    private static int s_clients;

    private readonly int _client = Interlocked.Increment(ref s_clients);
    private readonly ConcurrentBag<string> _acknowledged = [];
    private readonly ConcurrentBag<string> _errors = [];
    private int _next;

    /// <summary>Replies and faults so far that were no success.</summary>
    public int Refused => _errors.Count;

    /// <summary>Messages acknowledged so far.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Sends so many messages, or until <paramref name="stop"/>, and tells what became of them.</summary>
    /// <param name="messages">In all sessions together.</param>
    /// <param name="octets">Size of a body.</param>
    /// <param name="reconnect">Go on with a new session after a 421 between transactions or the end of one there; both are then no error.</param>
    /// <param name="pause">What each session waits after a message.</param>
    /// <param name="stop">Ends it between messages.</param>
    public async Task<LoadReport> SendAsync(int messages, int octets = 2048, bool reconnect = false, TimeSpan pause = default, CancellationToken stop = default)
    {
        var padding = new StringBuilder();
        while (padding.Length < octets)
        {
            padding.Append("All work and no play makes Jack a dull boy.\r\n");
        }

        await Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => Task.Run(() => SessionsAsync(messages, padding.ToString(), reconnect, pause, stop), CancellationToken.None)));
        return new LoadReport(_acknowledged, _errors);
    }

    private async Task SessionsAsync(int messages, string padding, bool reconnect, TimeSpan pause, CancellationToken stop)
    {
        do
        {
            try
            {
                await SessionAsync(messages, padding, reconnect, pause, stop);
            }
            catch (System.Net.Sockets.SocketException) when (reconnect)
            {
                // Nobody listens while the relay is being restarted.
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                _errors.Add(e.Message);
            }

            if (reconnect)
            {
                await Task.Delay(BeforeReconnecting, TimeProvider.System, CancellationToken.None);
            }
        }
        while (reconnect && Volatile.Read(ref _next) < messages && !stop.IsCancellationRequested);
    }

    private async Task SessionAsync(int messages, string padding, bool reconnect, TimeSpan pause, CancellationToken stop)
    {
        using var wire = await SmtpWire.ConnectAsync(server);
        if (!Expect("220", await wire.ReplyAsync(60), reconnect) || !Expect("250", await wire.AskAsync("EHLO load.test"), reconnect))
        {
            return;
        }

        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _next);
            if (number > messages)
            {
                break;
            }

            var id = string.Create(CultureInfo.InvariantCulture, $"{_client}-{number}");
            if (!await MessageAsync(wire, id, padding, reconnect))
            {
                return;
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, TimeProvider.System, CancellationToken.None);
            }
        }

        await wire.AskAsync("QUIT");
    }

    private async Task<bool> MessageAsync(SmtpWire wire, string id, string padding, bool reconnect)
    {
        var reply = await wire.AskAsync($"MAIL FROM:<sender{id[^1]}@load.test>");
        if (!Expect("250", reply, reconnect))
        {
            return !Ended(reply);
        }

        try
        {
            return await TransactionAsync(wire, id, padding);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            _errors.Add(e.Message);
            return false;
        }
    }

    // Once MAIL is accepted, nothing may end the session before the transaction has ended.
    private async Task<bool> TransactionAsync(SmtpWire wire, string id, string padding)
    {
        var reply = await wire.AskAsync("RCPT TO:<rcpt@load.test>");
        if (!Expect("250", reply, reconnect: false))
        {
            return !Ended(reply) && !Ended(await wire.AskAsync("RSET"));
        }

        if (!Expect("354", reply = await wire.AskAsync("DATA"), reconnect: false))
        {
            return !Ended(reply);
        }

        await wire.SendAsync($"X-Test-Id: {id}\r\nSubject: load\r\n\r\n{padding}.\r\n");
        reply = await wire.ReplyAsync(90);
        if (Expect("250", reply, reconnect: false))
        {
            _acknowledged.Add(id);
        }

        return !Ended(reply);
    }

    private bool Expect(string code, string reply, bool reconnect)
    {
        if (reply.StartsWith(code, StringComparison.Ordinal))
        {
            return true;
        }

        if (!reconnect || !Ended(reply))
        {
            _errors.Add(reply.Length == 0 ? "the connection ended" : reply);
        }

        return false;
    }

    private static bool Ended(string reply) => reply.Length == 0 || reply.StartsWith("421", StringComparison.Ordinal);
}
