using System.Globalization;
using System.Text.Json;

namespace RelayOperator.Relay.Hubs.Tokens;

/// <summary>What a token endpoint answered (RFC 6749 §5): a token and how long it is good for, or why there is none. Pure.</summary>
public sealed record TokenAnswer
{
    /// <summary>Longest body that is read, in octets.</summary>
    public const int MaxBytes = 64 * 1024;

    // Base64 of it, with the user, has to fit into the 12288 octets that servers have to take (RFC 4954 §4).
    private const int MaxToken = 8 * 1024;

    private static readonly TimeSpan Untold = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private TokenAnswer()
    {
    }

    /// <summary>The token; null where there is none.</summary>
    public string? Token { get; private init; }

    /// <summary>How long the token is good for, from when it was asked for.</summary>
    public TimeSpan Lifetime { get; private init; }

    /// <summary>Why there is no token, without anything that the endpoint may have been told in secret; "" where there is one.</summary>
    public string Fault { get; private init; } = "";

    public static TokenAnswer Failed(string fault) => new() { Fault = fault };

    /// <summary>Reads an answer.</summary>
    /// <param name="status">Its HTTP status.</param>
    /// <param name="body">Its body, JSON.</param>
    public static TokenAnswer Read(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                return status == 200 ? Granted(root) : Failed(Code(root) ?? $"HTTP {status}");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or an escape in it that is no character: told below.
        }

        return Failed(status == 200 ? "its answer is no JSON object" : $"HTTP {status}");
    }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => Token is null ? Fault : "a token";

    private static TokenAnswer Granted(JsonElement root)
    {
        if (Text(root, "token_type") is not { } type || !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return Failed(Code(root) ?? "its answer holds no token of the type Bearer");
        }

        // RFC 6750 §2.1: no blank, and above all no control character, which would end the field of XOAUTH2.
        if (Text(root, "access_token") is not { Length: > 0 and <= MaxToken } token || !token.All(c => c is > ' ' and <= '~'))
        {
            return Failed("its answer holds no token that could be sent");
        }

        return Seconds(root) is { } lifetime ? new() { Token = token, Lifetime = lifetime } : Failed("its answer has an expires_in that is no time");
    }

    // Only letters and '_', as all codes have: whatever else an endpoint puts there may repeat what it was told.
    private static string? Code(JsonElement root) =>
        Text(root, "error") is { Length: > 0 and <= 64 } code && code.All(c => char.IsAsciiLetterLower(c) || c == '_') ? code : null;

    private static TimeSpan? Seconds(JsonElement root)
    {
        if (!root.TryGetProperty("expires_in", out var value))
        {
            return Untold;
        }

        double seconds = 0;
        var told = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out seconds),
            JsonValueKind.String => double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out seconds),
            _ => false,
        };
        return told && seconds >= 1 ? TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds)) : null;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
