using System.Collections.Immutable;

namespace RelayOperator.Api.Users;

/// <summary>
/// Reads the users of a Secret: one a line, <c>name:hash</c> or <c>name:hash:senders</c>. A hash is one of bcrypt, as
/// <c>htpasswd -B</c> writes it, or a SCRAM verifier, as PostgreSQL does. Faults name the line and nothing that stands there.
/// </summary>
public static class UsersFile
{
    private const int LongestName = 255;

    // One more doubles the time that a login takes: 2^16 rounds are some seconds.
    private const int LeastCost = 4;
    private const int MostCost = 16;
    private const int BcryptLength = 60;

    /// <summary>The users in the order of the file, and what is wrong with it, for people.</summary>
    public static (ImmutableArray<UserEntry> Users, ImmutableArray<string> Faults) Parse(string text)
    {
        var users = ImmutableArray.CreateBuilder<UserEntry>();
        var faults = ImmutableArray.CreateBuilder<string>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim(' ', '\t', '\r');
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (Read(line, out var fault) is not { } user)
            {
                faults.Add($"line {number} {fault}");
            }
            else if (!seen.TryAdd(user.Name, number))
            {
                faults.Add($"line {number} has the user of line {seen[user.Name]} a second time");
            }
            else
            {
                users.Add(user);
            }
        }

        if (users.Count == 0 && faults.Count == 0)
        {
            faults.Add("there is no user");
        }

        return (users.ToImmutable(), faults.ToImmutable());
    }

    /// <summary>Whether it can be the name of a user: 1 to 255 characters, neither blank, colon nor control character.</summary>
    public static bool IsName(string name)
    {
        foreach (var c in name)
        {
            if (c == ':' || char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c))
            {
                return false;
            }
        }

        return name.Length is > 0 and <= LongestName;
    }

    /// <summary>The first few of the faults as one text.</summary>
    internal static string Told(ImmutableArray<string> faults) =>
        $"{string.Join(", ", faults.Take(5))}{(faults.Length > 5 ? $" and {faults.Length - 5} more" : "")}";

    private static UserEntry? Read(string line, out string fault)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !IsName(line[..colon]))
        {
            fault = $"does not begin with a name of 1 to {LongestName} characters and a colon";
            return null;
        }

        var rest = line[(colon + 1)..];
        // A verifier has two colons of its own.
        var isScram = rest.StartsWith(ScramVerifier.Prefix, StringComparison.Ordinal);
        var end = isScram ? ThirdColon(rest) : rest.IndexOf(':', StringComparison.Ordinal);
        var hash = end < 0 ? rest : rest[..end];
        var verifier = isScram ? ScramVerifier.Parse(hash) : null;
        if (isScram ? verifier is null : !IsBcrypt(hash))
        {
            fault = isScram ? $"has no verifier of the form {ScramVerifier.Allowed}"
                : $"has neither a bcrypt hash ($2a$, $2b$ or $2y$, of cost {LeastCost} to {MostCost}) nor a SCRAM-SHA-256 verifier";
            return null;
        }

        string[] senders = end < 0 ? [] : rest[(end + 1)..].Split(',');
        if (!senders.All(IsSender))
        {
            fault = "names senders that are neither addresses nor domains with an '@' in front";
            return null;
        }

        fault = "";
        return new UserEntry(line[..colon], hash, verifier, [.. senders.Select(sender => sender.ToLowerInvariant())]);
    }

    private static int ThirdColon(string text)
    {
        var at = -1;
        for (var i = 0; i < 3; i++)
        {
            at = text.IndexOf(':', at + 1);
            if (at < 0)
            {
                return -1;
            }
        }

        return at;
    }

    private static bool IsSender(string text) =>
        text.StartsWith('@') ? DomainPattern.Allowed(text[1..]) is null : MailAddress.Allowed(text) is null;

    // $2y$10$, then 22 characters of salt and 31 of hash.
    private static bool IsBcrypt(string text) =>
        text.Length == BcryptLength
        && text is ['$', '2', 'a' or 'b' or 'y', '$', >= '0' and <= '9', >= '0' and <= '9', '$', ..]
        && (((text[4] - '0') * 10) + text[5] - '0') is >= LeastCost and <= MostCost
        && text.AsSpan(7).IndexOfAnyExcept(BcryptText) < 0;

    private static System.Buffers.SearchValues<char> BcryptText { get; } =
        System.Buffers.SearchValues.Create("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}
