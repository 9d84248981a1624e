using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>Hands messages to peers, over connections that are kept. One for each key of the pool.</summary>
internal sealed class HandOverClient : IDisposable
{
    // What a slow network passes at least; a peer that takes less is no help.
    private const double BytesPerSecondAtLeast = 1024 * 1024;

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
    /// <param name="patience">How long the peer may take beyond the time that so large a message needs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(HandOverResult Result, string Reason)> SendAsync(
        string address, HandOverContent content, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience + TimeSpan.FromSeconds(content.Bytes / BytesPerSecondAtLeast), _time);
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
