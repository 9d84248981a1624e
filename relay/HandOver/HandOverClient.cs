using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>Hands messages to peers, over connections that are kept. One for each key of the pool.</summary>
internal sealed class HandOverClient : IDisposable
{
    // A peer waits for its disk at most, and takes a large message as fast as the network allows.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public HandOverClient(HandOverConfig config, TimeProvider time)
    {
        (CertificatePem, _time) = (config.CertificatePem, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            SslOptions = HandOverKey.Of(config).ClientOptions,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The pool's certificate.</summary>
    public string CertificatePem { get; }

    /// <summary>Hands one message to a peer; with the reason where it did not take it.</summary>
    /// <param name="address">Address and port of the peer.</param>
    /// <param name="content">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(HandOverResult Result, string Reason)> SendAsync(string address, HandOverContent content, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{address}/messages")) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            if (!response.IsSuccessStatusCode)
            {
                return (HandOverResult.Unavailable, await response.Content.ReadAsStringAsync(linked.Token));
            }

            await using var input = await response.Content.ReadAsStreamAsync(linked.Token);
            var line = await new LineReading(input).NextAsync(linked.Token);
            return JsonSerializer.Deserialize(line.Span, QueueJson.Line.QueueLine) switch
            {
                { End: not null } => (HandOverResult.Taken, ""),
                { Fault: { } fault } => (HandOverResult.Refused, fault),
                _ => (HandOverResult.Unknown, "it broke off its answer"),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            var result = content.IsUnreadable ? HandOverResult.Unreadable : content.IsSent ? HandOverResult.Unknown : HandOverResult.Unavailable;
            return (result, e is OperationCanceledException ? "it did not answer in time" : (e.InnerException ?? e).Message);
        }
    }

    public void Dispose() => _http.Dispose();
}
