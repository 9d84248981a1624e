using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using RelayOperator.Api;
using RelayOperator.Api.Checks;
using RelayOperator.Api.Users;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// The Secrets that a pool uses, as the pods get them: each key copied under a name of its own. What is missing or does
/// not fit together leaves the copy that was written last in force, and is a fault.
/// </summary>
internal sealed class SecretCopies
{
    private const int LongestKey = 253;

    private readonly GatheredPool _pool;
    private readonly SortedDictionary<string, byte[]> _data = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _texts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _versions = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    public SecretCopies(GatheredPool pool) => _pool = pool;

    /// <summary>The copies by their keys.</summary>
    public ImmutableSortedDictionary<string, byte[]> Data => _data.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Versions of the Secrets in force, by name; "kept" for an earlier copy.</summary>
    public IReadOnlyDictionary<string, string> Versions => _versions;

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The Secrets in force, as the renderer takes them.</summary>
    public ImmutableArray<Secret> Secrets =>
    [
        .. _texts.Select(secret => new Secret
        {
            Metadata = new ObjectMeta { Name = secret.Key },
            StringData = secret.Value.ToImmutableSortedDictionary(StringComparer.Ordinal),
        }),
    ];

    /// <summary>Key of a copy: name of the Secret and the key there; a digest for a name that is too long for both.</summary>
    public static string KeyOf(string secret, string key)
    {
        var plain = $"{secret}.{key}";
        return plain.Length <= LongestKey ? plain : $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))}.{key}";
    }

    /// <summary>Copies what one reference needs. False: it is not there and never was.</summary>
    public bool Add(SecretUse use, string who)
    {
        if (use.Reference is not { Name.Length: > 0 } reference)
        {
            return true;
        }

        var gathered = _pool.Secrets.FirstOrDefault(secret => secret.Value.Metadata.Name == reference.Name);
        if (Fault(gathered, use, reference.Name) is not { } fault)
        {
            foreach (var key in use.Keys)
            {
                Put(reference.Name, key, gathered!.Value.Text(key)!);
            }

            _versions.TryAdd(reference.Name, gathered!.ResourceVersion);
            return true;
        }

        var earlier = use.Keys.Select(key => _pool.Written?.Data.GetValueOrDefault(KeyOf(reference.Name, key))).ToArray();
        var kept = earlier.All(value => value is not null);
        _faults.Add($"{who}: {use.Path}: {fault}{(kept ? "; what was read before stays in force" : "")}");
        if (!kept)
        {
            return false;
        }

        for (var i = 0; i < use.Keys.Length; i++)
        {
            Put(reference.Name, use.Keys[i], Encoding.UTF8.GetString(earlier[i]!));
        }

        _versions[reference.Name] = "kept";
        return true;
    }

    private void Put(string secret, string key, string text)
    {
        _data[KeyOf(secret, key)] = Encoding.UTF8.GetBytes(text);
        if (!_texts.TryGetValue(secret, out var texts))
        {
            _texts[secret] = texts = new Dictionary<string, string>(StringComparer.Ordinal);
        }

        texts[key] = text;
    }

    private static string? Fault(GatheredSecret? secret, SecretUse use, string name)
    {
        if (secret is null)
        {
            return $"there is no Secret {name}";
        }

        var missing = use.Keys.Where(key => string.IsNullOrEmpty(secret.Value.Text(key))).ToArray();
        return missing.Length > 0
            ? $"Secret {name} lacks {string.Join(" and ", missing)}"
            : Unreadable(secret.Value, use.Keys) is { } reason ? $"Secret {name} {reason}" : null;
    }

    private static string? Unreadable(Secret secret, string[] keys)
    {
        if (keys is ["uri"])
        {
            return PostgresAddress.Parse(secret.Text("uri")!, out var fault) is null ? $"holds a uri that {fault}" : null;
        }

        if (keys is ["users"])
        {
            return UsersFile.Parse(secret.Text("users")!).Faults is { IsEmpty: false } faults ? $"holds users of which {UsersFile.Told(faults)}" : null;
        }

        if (keys.Contains("tls.crt", StringComparer.Ordinal))
        {
            return PemText.IsPair(secret.Text("tls.crt")!, secret.Text("tls.key")!) ? null : "holds a tls.key that does not fit its tls.crt, or is no PEM";
        }

        return !keys.Contains("ca.crt", StringComparer.Ordinal) ? null : PemText.Certificates(secret.Text("ca.crt")!) switch
        {
            null => "holds a ca.crt that cannot be read",
            0 => "holds no certificate under ca.crt",
            _ => null,
        };
    }
}
