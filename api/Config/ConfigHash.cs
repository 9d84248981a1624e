using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RelayOperator.Api.Config;

/// <summary>
/// SHA-256 over a configuration, as lower-case hex: equal for equal configurations, in every process. Contents of Secrets
/// stay out of it, since it is shown in metrics and status; that one is referred to does count.
/// </summary>
internal static class ConfigHash
{
    internal static readonly JsonSerializerOptions Canonical = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(), new NetworkConverter(), new AddressConverter() },
    };

    public static string Of(PoolConfig config)
    {
        var shown = config with
        {
            Hash = "",
            Zone = "",
            Listeners = [.. config.Listeners.Select(WithoutSecrets)],
            Hubs = [.. config.Hubs.Select(WithoutSecrets)],
            Spool = config.Spool is null ? null : config.Spool with { PostgresUri = Mark(config.Spool.PostgresUri) },
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(shown, Canonical)));
    }

    private static ListenerConfig WithoutSecrets(ListenerConfig listener) => listener with
    {
        Tls = listener.Tls is not { } tls ? null
            : tls with { Certificates = [.. tls.Certificates.Select(pair => new KeyPairConfig(Mark(pair.CertificatePem), ""))], ClientCaPem = Mark(tls.ClientCaPem) },
        Auth = listener.Auth is null ? null : listener.Auth with { Users = Mark(listener.Auth.Users) },
    };

    private static HubConfig WithoutSecrets(HubConfig hub) => hub with
    {
        Tls = hub.Tls with { CaPem = Mark(hub.Tls.CaPem), ClientCertificatePem = Mark(hub.Tls.ClientCertificatePem), ClientKeyPem = "" },
        Credentials = hub.Credentials is null ? null : hub.Credentials with { UserName = "", Password = "", Oauth2 = WithoutSecrets(hub.Credentials.Oauth2) },
    };

    private static HubOAuth2Config? WithoutSecrets(HubOAuth2Config? oauth2) =>
        oauth2 is null ? null : oauth2 with { ClientSecret = "", CaPem = Mark(oauth2.CaPem) };

    private static string Mark(string secret) => secret.Length == 0 ? "" : "set";

    private sealed class AddressConverter : JsonConverter<IPAddress>
    {
        public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IPAddress.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }

    private sealed class NetworkConverter : JsonConverter<IPNetwork>
    {
        public override IPNetwork Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IPNetwork.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IPNetwork value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
