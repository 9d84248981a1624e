using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace RelayOperator.Relay.Send;

/// <summary>One connection of the client: opened when a message needs it, closed after so many messages or by an error.</summary>
internal sealed class SendConnection(SendOptions options, MessageTemplate template) : IAsyncDisposable
{
    private SmtpClient? _client;
    private int _sent;

    /// <summary>Sends one message once. Returns the error, or null when the server acknowledged it.</summary>
    public async Task<string?> SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        try
        {
            if (_client is not { IsConnected: true })
            {
                await OpenAsync(cancellationToken);
            }

            await _client!.SendAsync(message, template.From, [template.Recipient], cancellationToken);
            if (++_sent == options.PerConnection)
            {
                await CloseAsync(cancellationToken);
            }

            return null;
        }
        catch (SmtpCommandException refusal)
        {
            // 421 announces the end of the connection (RFC 5321 §3.8), any other reply leaves it usable.
            if (refusal.StatusCode == SmtpStatusCode.ServiceNotAvailable)
            {
                Drop();
            }

            return $"{(int)refusal.StatusCode} {refusal.Message}";
        }
        catch (SslHandshakeException handshake)
        {
            Drop();
            return handshake.ServerCertificate is null
                ? $"TLS handshake failed: {handshake.InnerException?.Message ?? FirstLine(handshake.Message)}"
                : $"certificate of {handshake.ServerCertificate.Subject} is not trusted (--insecure takes any)";
        }
        catch (Exception exception) when (exception is SocketException or IOException or ProtocolException or NotSupportedException
            or AuthenticationException or ServiceNotAuthenticatedException or TimeoutException)
        {
            Drop();
            return $"{exception.GetType().Name}: {FirstLine(exception.Message)}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or ProtocolException or SocketException)
        {
            // All messages are answered; how the connection ends matters to nobody.
        }
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        Drop();
        _sent = 0;
        _client = new SmtpClient { CheckCertificateRevocation = false };
        if (options.Insecure)
        {
#pragma warning disable CA5359 // asked for by --insecure, to try things on self-signed sinks
            _client.ServerCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        await _client.ConnectAsync(options.Host, options.Port, options.Tls switch
        {
            SendTls.StartTls => SecureSocketOptions.StartTls,
            SendTls.Implicit => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.None,
        }, cancellationToken);
        if (options.User.Length > 0)
        {
            await _client.AuthenticateAsync(options.User, options.Password, cancellationToken);
        }
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_client is { IsConnected: true } client)
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }

        Drop();
    }

    private void Drop()
    {
        _client?.Dispose();
        _client = null;
    }
}
