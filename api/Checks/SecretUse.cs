namespace RelayOperator.Api.Checks;

/// <summary>One reference to a Secret: the field, what it names, and the keys that have to be there.</summary>
internal sealed record SecretUse(string Path, SecretReference? Reference, params string[] Keys)
{
    public static IEnumerable<SecretUse> Of(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Listeners.Length; i++)
        {
            yield return new($"spec.listeners[{i}].tls.secretRef", pool.Spec.Listeners[i].Tls.SecretRef, "tls.crt", "tls.key");
            yield return new($"spec.listeners[{i}].auth.usersSecretRef", pool.Spec.Listeners[i].Auth.UsersSecretRef, "users");
        }

        yield return new("spec.spool.postgres.connectionSecretRef", pool.Spec.Spool?.Postgres?.ConnectionSecretRef, "uri");
    }

    public static IEnumerable<SecretUse> Of(HubTransport hub) =>
    [
        new("spec.tls.caSecretRef", hub.Spec.Tls.CaSecretRef, "ca.crt"),
        new("spec.tls.clientCertificateSecretRef", hub.Spec.Tls.ClientCertificateSecretRef, "tls.crt", "tls.key"),
        new("spec.credentials.secretRef", hub.Spec.Credentials?.SecretRef, "username", "password"),
    ];
}
