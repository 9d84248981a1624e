using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>
/// A token endpoint of OAuth 2.0 over HTTPS on 127.0.0.1: its first token is token-1, the next one token-2, unless it is told
/// to answer otherwise.
/// </summary>
public sealed class TokenServer : IAsyncDisposable
{
    /// <summary>An answer that never comes.</summary>
    public const string Silence = "";

    private readonly X509Certificate2 _certificate;
    private readonly LoopbackServer _server;

    public TokenServer(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _server = new LoopbackServer(ServeAsync);
    }

    public string Url => $"https://127.0.0.1:{_server.Port}/tenant/oauth2/v2.0/token";

    /// <summary>Seconds that its tokens are good for.</summary>
    public int LifetimeSeconds { get; set; } = 3600;

    /// <summary>What the tokens begin with.</summary>
    public string Prefix { get; set; } = "token-";

    /// <summary>The whole HTTP response instead of a token; null for the token.</summary>
    public string? Answer { get; set; }

    /// <summary>What answers wait for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The requests, head and form.</summary>
    public ConcurrentQueue<(string Head, string Form)> Asked { get; } = new();

    /// <summary>A whole HTTP response.</summary>
    public static string Response(int status, string body, string header = "Content-Type: application/json") =>
        $"HTTP/1.1 {status} Told\r\n{header}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        var head = new List<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            head.Add(line);
        }

        if (head.Find(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) is not { } length)
        {
            return;
        }

        var form = new char[int.Parse(length.AsSpan("Content-Length: ".Length), CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(form, cancellationToken);
        Asked.Enqueue((string.Join('\n', head), new string(form)));
        var number = Asked.Count;
        await Gate.WaitAsync(cancellationToken);
        var answer = Answer ?? Response(200, $$"""{"token_type":"Bearer","expires_in":{{LifetimeSeconds}},"access_token":"{{Prefix}}{{number}}"}""");
        if (answer == Silence)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), cancellationToken);
    }
}
