using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Hubs.Tokens;

/// <summary>
/// Asks an OAuth 2.0 server for a token by the client credentials grant (RFC 6749 §4.4), over verified TLS, by way of the
/// proxy that HTTPS_PROXY and NO_PROXY name. Never throws for what the server does.
/// </summary>
internal sealed class TokenEndpoint(HubOAuth2Config config, TimeProvider time)
{
    /// <summary>Time of one question, its connection included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task<TokenAnswer> AskAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            // One connection for each question: there is one an hour.
            using var http = new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = TokenAnswer.MaxBytes };
            using var form = new FormUrlEncodedContent(
            [
                new("grant_type", "client_credentials"),
                new("client_id", config.ClientId),
                new("client_secret", config.ClientSecret),
                new("scope", config.Scope),
            ]);
            using var response = await http.PostAsync(new Uri(config.TokenUrl), form, limit.Token);
            return TokenAnswer.Read((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token));
        }
        catch (OperationCanceledException)
        {
            return TokenAnswer.Failed($"no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or CryptographicException or InvalidOperationException or NotSupportedException)
        {
            return TokenAnswer.Failed(Describe(e as HttpRequestException));
        }
    }

    // A redirection would take the secret to another server.
    private SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Authorities() },
    };

    private X509ChainPolicy? Authorities()
    {
        if (config.CaPem.Length == 0)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(config.CaPem);
        return policy;
    }

    private static string Describe(HttpRequestException? fault) => fault?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its name has no address",
        HttpRequestError.ConnectionError => $"no connection, {(fault.InnerException as SocketException)?.SocketErrorCode ?? SocketError.SocketError}",
        HttpRequestError.SecureConnectionError => $"no TLS, {fault.InnerException?.Message}",
        HttpRequestError.ProxyTunnelError => "the proxy lets nobody through to it",
        HttpRequestError.ConfigurationLimitExceeded => $"its answer is longer than {TokenAnswer.MaxBytes} bytes",
        _ => "its answer is no HTTP, or broke off",
    };
}
