using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>
/// An SMTP hub in this process that does as it is told: by default it takes everything; <c>On</c> overrides what
/// it does at BANNER, at a verb, at BODY (before the body is read) and at DOT. Octets are Latin-1 characters throughout.
/// </summary>
public sealed class ScriptedHub : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly ConcurrentDictionary<string, Func<string, HubAct?>> _overrides = new(StringComparer.Ordinal);

    public ScriptedHub(int port = 0) => _server = new LoopbackServer((socket, cancellationToken) => new Session(this, socket).RunAsync(cancellationToken), port);

    public int Port => _server.Port;

    /// <summary>What EHLO offers.</summary>
    public string[] Extensions { get; set; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "SIZE 100000000"];

    /// <summary>What TLS shows; null for no TLS.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>TLS begins with the connection.</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>TLS asks the client for a certificate, and takes any.</summary>
    public bool AsksForCertificate { get; set; }

    /// <summary>Who may log in, by AUTH; null for nobody.</summary>
    public (string User, string Password)? Login { get; set; }

    /// <summary>Subjects of the certificates that clients showed; "" for none.</summary>
    public ConcurrentQueue<string> ClientCertificates { get; } = new();

    /// <summary>Host names that clients asked for by SNI.</summary>
    public ConcurrentQueue<string> ServerNames { get; } = new();

    /// <summary>Those of <see cref="Commands"/> that came by TLS.</summary>
    public ConcurrentQueue<string> SecuredCommands { get; } = new();

    public ConcurrentQueue<HubMessage> Messages { get; } = new();

    /// <summary>Every command line, in the order in which they came.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    public int Connections => _server.Connections;

    public int OpenConnections => _server.Open.Count;

    /// <summary>What to do at a verb, BANNER, BODY or DOT; the function gets the line, and null means as usual.</summary>
    public ScriptedHub On(string verb, Func<string, HubAct?> act)
    {
        _overrides[verb] = act;
        return this;
    }

    public ScriptedHub On(string verb, HubAct act) => On(verb, _ => act);

    /// <summary>As usual again.</summary>
    public ScriptedHub Reset(string verb)
    {
        _overrides.TryRemove(verb, out _);
        return this;
    }

    /// <summary>Says something on every open connection that nobody asked for.</summary>
    public void SayUnasked(string bytes)
    {
        foreach (var socket in _server.Open)
        {
            socket.Send(Encoding.Latin1.GetBytes(bytes));
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Session(ScriptedHub hub, Socket socket)
    {
        private readonly byte[] _chunk = new byte[16 * 1024];
        private string _unread = "";
        private int _at;
        private Stream _stream = new NetworkStream(socket);
        private SaslServer? _sasl;
        private string _mail = "";
        private List<string> _recipients = [];

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            if (hub.ImplicitTls)
            {
                await SecureAsync(cancellationToken);
            }

            if (!await DoAsync(Act("BANNER", "", "220 hub ESMTP"), cancellationToken))
            {
                return;
            }

            while (await ReadToAsync("\r\n", cancellationToken) is { } line)
            {
                hub.Commands.Enqueue(line);
                if (_stream is SslStream)
                {
                    hub.SecuredCommands.Enqueue(line);
                }

                if (_sasl is { IsUnderWay: true } login)
                {
                    await DoAsync(login.Answer(line), cancellationToken);
                    continue;
                }

                var verb = line.Split(' ')[0].ToUpperInvariant();
                var act = Act(verb, line, Usual(verb, line));
                Remember(verb, line, act);
                if (!await DoAsync(act, cancellationToken))
                {
                    return;
                }

                if (verb == "STARTTLS" && act is HubAct.SayAct { Bytes: ['2', ..] })
                {
                    await SecureAsync(cancellationToken);
                }

                if (verb == "QUIT" || (verb == "DATA" && act is HubAct.SayAct { Bytes: ['3', ..] } && !await BodyAsync(cancellationToken)))
                {
                    return;
                }
            }
        }

        private async Task SecureAsync(CancellationToken cancellationToken)
        {
            var secured = new SslStream(_stream);
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = hub.Certificate,
                    ClientCertificateRequired = hub.AsksForCertificate,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null || !hub.AsksForCertificate,
                },
                cancellationToken);
            hub.ServerNames.Enqueue(secured.TargetHostName);
            hub.ClientCertificates.Enqueue(secured.RemoteCertificate?.Subject ?? "");
            _stream = secured;
            (_unread, _at) = ("", 0);
        }

        private async Task<bool> BodyAsync(CancellationToken cancellationToken)
        {
            if (hub._overrides.TryGetValue("BODY", out var at) && at("") is { } early && !await DoAsync(early, cancellationToken))
            {
                return false;
            }

            if (await ReadToAsync("\r\n.\r\n", cancellationToken, atStart: ".\r\n") is not { } wire)
            {
                return false;
            }

            var act = Act("DOT", wire, "250 2.0.0 Ok");
            if (act is HubAct.SayAct { Bytes: ['2', ..] })
            {
                hub.Messages.Enqueue(new HubMessage(_mail, _recipients, wire));
            }

            _recipients = [];
            return await DoAsync(act, cancellationToken);
        }

        private void Remember(string verb, string line, HubAct act)
        {
            var taken = act is HubAct.SayAct { Bytes: ['2', ..] };
            if (verb == "MAIL" && taken)
            {
                _mail = line;
                _recipients = [];
            }
            else if (verb == "RCPT" && taken)
            {
                _recipients.Add(line);
            }
        }

        private HubAct Usual(string verb, string line) => verb switch
        {
            "EHLO" => Offers(),
            "STARTTLS" when hub.Certificate is not null => "220 2.0.0 Go",
            "AUTH" when hub.Login is { } login => (_sasl = new SaslServer(login.User, login.Password)).Answer(line),
            "MAIL" when hub.Login is not null && _sasl is not { Succeeded: true } => "530 5.7.0 Log in",
            "MAIL" => "250 2.1.0 Ok",
            "RCPT" => "250 2.1.5 Ok",
            "DATA" => "354 Go",
            "QUIT" => "221 2.0.0 Bye",
            "HELO" or "RSET" or "NOOP" => "250 2.0.0 Ok",
            "XCLIENT" => "220 hub ESMTP",
            _ => "500 5.5.1 What?",
        };

        private string Offers()
        {
            List<string> words = ["hub", .. hub.Extensions];
            if (hub.Certificate is not null && _stream is not SslStream)
            {
                words.Add("STARTTLS");
            }

            if (hub.Login is not null && !hub.Extensions.Any(word => word.StartsWith("AUTH", StringComparison.Ordinal)))
            {
                words.Add("AUTH PLAIN LOGIN SCRAM-SHA-256");
            }

            return string.Join("\r\n", words.Select((word, i) => (i == words.Count - 1 ? "250 " : "250-") + word));
        }

        private HubAct Act(string place, string line, HubAct usual) =>
            hub._overrides.TryGetValue(place, out var act) ? act(line) ?? usual : usual;

        private async Task<bool> DoAsync(HubAct act, CancellationToken cancellationToken)
        {
            switch (act)
            {
                case HubAct.SayAct say:
                    await _stream.WriteAsync(Encoding.Latin1.GetBytes(say.Bytes), cancellationToken);
                    return true;
                case HubAct.CloseAct close:
                    await _stream.WriteAsync(Encoding.Latin1.GetBytes(close.Bytes), cancellationToken);
                    socket.Shutdown(SocketShutdown.Both);
                    return false;
                case HubAct.StopAct stop:
                    await _stream.WriteAsync(Encoding.Latin1.GetBytes(stop.Bytes), cancellationToken);
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                    return false;
                case HubAct.ResetAct:
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                    return false;
                default:
                    while (await _stream.ReadAsync(new byte[4096], cancellationToken) > 0)
                    {
                        // Hanging: reads and says nothing.
                    }

                    return false;
            }
        }

        private async Task<string?> ReadToAsync(string end, CancellationToken cancellationToken, string? atStart = null)
        {
            while (true)
            {
                if (atStart is not null && _unread.AsSpan(_at).StartsWith(atStart, StringComparison.Ordinal))
                {
                    _at += atStart.Length;
                    return "";
                }

                var found = _unread.IndexOf(end, _at, StringComparison.Ordinal);
                if (found >= 0)
                {
                    var text = _unread[_at..(atStart is null ? found : found + 2)];
                    _at = found + end.Length;
                    return text;
                }

                var read = await _stream.ReadAsync(_chunk, cancellationToken);
                if (read == 0)
                {
                    return null;
                }

                _unread = string.Concat(_unread.AsSpan(_at), Encoding.Latin1.GetString(_chunk, 0, read));
                _at = 0;
            }
        }
    }
}
