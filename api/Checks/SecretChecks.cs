using RelayOperator.Api.Users;

namespace RelayOperator.Api.Checks;

/// <summary>Whether Secrets hold what they are referred to for. Tells names of keys, never what stands under them.</summary>
internal static class SecretChecks
{
    /// <summary>What is wrong with a Secret by itself: values that are not base64.</summary>
    public static IEnumerable<Finding> Own(Secret secret)
    {
        foreach (var (key, value) in secret.Data)
        {
            if (Secret.Decode(value) is null)
            {
                yield return new($"data.{key}", "a value that is not base64", "base64, or the plain text under stringData");
            }
            else if (!secret.StringData.ContainsKey(key) && secret.Text(key) is null)
            {
                yield return new($"data.{key}", "base64 of bytes that are not text", "base64 of UTF-8 text");
            }
        }
    }

    /// <summary>What is wrong with a reference: no such Secret, keys missing, certificates that cannot be read.</summary>
    public static IEnumerable<Finding> Used(SecretUse use, ILookup<string, LoadedObject<Secret>> secrets)
    {
        if (use.Reference is not { Name.Length: > 0 } reference)
        {
            yield break;
        }

        var path = $"{use.Path}.name";
        if (secrets[reference.Name].FirstOrDefault() is not { } loaded)
        {
            var names = secrets.Select(secret => secret.Key).Where(name => name.Length > 0).Take(20).ToArray();
            var there = names.Length == 0 ? "there is none" : $"there are {string.Join(", ", names)}";
            var hint = NearestName.Of(reference.Name, names) is { } nearest ? $"; did you mean {nearest}?" : "";
            yield return new(path, FoundText.Plain(reference.Name), $"the name of a Secret in this file ({there}){hint}");
            yield break;
        }

        // What could not be read of the Secret is told there.
        if (loaded.Sheet.Faults.Count > 0)
        {
            yield break;
        }

        var missing = use.Keys.Where(key => string.IsNullOrEmpty(loaded.Value.Text(key))).ToArray();
        if (missing.Length > 0)
        {
            yield return new(
                path, $"Secret {reference.Name} without {string.Join(" and ", missing)}", $"a Secret with the keys {string.Join(" and ", use.Keys)}");
        }
        else if (Unreadable(loaded.Value, use.Keys) is { } reason)
        {
            var allowed = use.Keys switch
            {
                ["uri"] => "postgresql://user:password@host:port/database under uri",
                ["users"] => "one user a line under users, name:hash, with a bcrypt hash or a SCRAM-SHA-256 verifier",
                _ => "PEM texts that belong together",
            };
            yield return new(path, $"Secret {reference.Name} {reason}", allowed);
        }
    }

    private static string? Unreadable(Secret secret, string[] keys)
    {
        if (keys is ["uri"])
        {
            return PostgresAddress.Parse(secret.Text("uri")!, out var fault) is null ? $"whose uri {fault}" : null;
        }

        if (keys is ["users"])
        {
            return UsersFile.Parse(secret.Text("users")!).Faults is { IsEmpty: false } faults ? $"of whose users {UsersFile.Told(faults)}" : null;
        }

        if (keys.Contains("tls.crt", StringComparer.Ordinal))
        {
            return PemText.IsPair(secret.Text("tls.crt")!, secret.Text("tls.key")!) ? null : "whose tls.crt and tls.key cannot be read as a certificate and its key";
        }

        return !keys.Contains("ca.crt", StringComparer.Ordinal) ? null : PemText.Certificates(secret.Text("ca.crt")!) switch
        {
            null => "whose ca.crt cannot be read",
            0 => "whose ca.crt holds no certificate",
            _ => null,
        };
    }
}
