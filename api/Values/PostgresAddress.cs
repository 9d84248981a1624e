using System.Collections.Immutable;
using System.Globalization;

namespace RelayOperator.Api;

/// <summary>
/// Where a PostgreSQL database is and how to log in there, as libpq and the operators of databases write it:
/// postgresql://user:password@host:port,host:port/database?sslmode=verify-full. A host that begins with a slash is the folder
/// of a Unix socket. Source: the key uri of spec.spool.postgres.connectionSecretRef.
/// </summary>
public sealed record PostgresAddress
{
    /// <summary>The port of a host that names none.</summary>
    public const int DefaultPort = 5432;

    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    /// <summary>The servers, in the order in which they are tried.</summary>
    public required ImmutableArray<HostPort> Hosts { get; init; }

    /// <summary>The database; empty: the one that is called as the user.</summary>
    public string Database { get; init; } = "";

    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>What stands behind the question mark and is no part of the above, by name; only names of <see cref="Options"/>.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = Maps.Empty;

    /// <summary>Parameters of a connection that are heeded.</summary>
    public static ImmutableArray<string> Options { get; } =
        ["application_name", "channel_binding", "connect_timeout", "gssencmode", "options", "sslmode", "sslrootcert", "target_session_attrs"];

    /// <summary>Reads an address; null with what is wrong, which repeats nothing of the address but names of parameters.</summary>
    public static PostgresAddress? Parse(string uri, out string fault)
    {
        fault = "";
        if (Schemes.FirstOrDefault(scheme => uri.StartsWith(scheme, StringComparison.Ordinal)) is not { } scheme)
        {
            fault = "does not begin with postgresql://";
            return null;
        }

        var (place, query) = Cut(uri[scheme.Length..], '?');
        var (authority, path) = Cut(place, '/');
        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : authority[..at], ':');
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(pair, '=');
            named[Plain(name)] = value;
        }

        var hosts = named.Remove("host", out var host) ? host.Split(',') : authority[(at + 1)..].Split(',');
        var ports = named.Remove("port", out var port) ? port.Split(',') : [];
        if (Servers(hosts, ports) is not { } servers)
        {
            fault = "names no host, or one with a port that is none; write characters such as / and @ of a password as %2F and %40";
            return null;
        }

        var address = new PostgresAddress
        {
            Hosts = servers,
            Database = named.Remove("dbname", out var database) ? Plain(database) : Plain(path),
            UserName = named.Remove("user", out var login) ? Plain(login) : Plain(user),
            Password = named.Remove("password", out var secret) ? Plain(secret) : Plain(password),
            Parameters = named.ToImmutableSortedDictionary(pair => pair.Key, pair => Plain(pair.Value), StringComparer.Ordinal),
        };
        if (address.UserName.Length == 0)
        {
            fault = "names no user";
            return null;
        }

        if (named.Keys.FirstOrDefault(name => !Options.Contains(name)) is { } unknown)
        {
            fault = $"has the parameter {FoundText.Plain(unknown)}; known are {string.Join(", ", Options)}";
            return null;
        }

        return address;
    }

    /// <summary>Whether it is the same but for the password.</summary>
    public bool IsSamePlace(PostgresAddress other) =>
        Hosts.SequenceEqual(other.Hosts) && (Database, UserName) == (other.Database, other.UserName) && Parameters.SequenceEqual(other.Parameters);

    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"{string.Join(',', Hosts)}/{Database}";

    private static ImmutableArray<HostPort>? Servers(string[] hosts, string[] ports)
    {
        var servers = ImmutableArray.CreateBuilder<HostPort>();
        for (var i = 0; i < hosts.Length; i++)
        {
            var host = hosts[i];
            var port = ports.Length == 0 ? "" : ports[Math.Min(i, ports.Length - 1)];
            // A name has no colon, an IPv6 address stands in brackets, and a folder may hold anything.
            var colon = host.StartsWith('/') ? -1 : host.IndexOf(':', Math.Max(0, host.IndexOf(']', StringComparison.Ordinal)));
            if (colon >= 0)
            {
                (host, port) = (host[..colon], host[(colon + 1)..]);
            }

            host = Plain(host.Trim('[', ']'));
            var number = (ushort)DefaultPort;
            if (host.Length == 0 || (port.Length > 0 && !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number)) || number == 0)
            {
                return null;
            }

            servers.Add(new HostPort(host, number));
        }

        return servers.ToImmutable();
    }

    private static string Plain(string text) => Uri.UnescapeDataString(text);

    private static (string Before, string After) Cut(string text, char at)
    {
        var place = text.IndexOf(at, StringComparison.Ordinal);
        return place < 0 ? (text, "") : (text[..place], text[(place + 1)..]);
    }
}
