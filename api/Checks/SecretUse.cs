namespace RelayOperator.Api.Checks;

/// <summary>One reference to a Secret: the field, what it names, and the keys that have to be there.</summary>
internal sealed record SecretUse(string Path, SecretReference? Reference, params string[] Keys)
{
    public static IEnumerable<SecretUse> Of(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Listeners.Length; i++)
        {
            var (listener, at) = (pool.Spec.Listeners[i], $"spec.listeners[{i}]");
            yield return new($"{at}.tls.secretRef", listener.Tls.SecretRef, "tls.crt", "tls.key");
            for (var j = 0; j < listener.Tls.AdditionalSecretRefs.Length; j++)
            {
                yield return new($"{at}.tls.additionalSecretRefs[{j}]", listener.Tls.AdditionalSecretRefs[j], "tls.crt", "tls.key");
            }

            yield return new($"{at}.tls.clientCASecretRef", listener.Tls.ClientCASecretRef, "ca.crt");
            yield return new($"{at}.auth.usersSecretRef", listener.Auth.UsersSecretRef, "users");
        }

        yield return new("spec.spool.postgres.connectionSecretRef", pool.Spec.Spool?.Postgres?.ConnectionSecretRef, "uri");
    }

    public static IEnumerable<SecretUse> Of(HubTransport hub) =>
    [
        new("spec.tls.caSecretRef", hub.Spec.Tls.CaSecretRef, "ca.crt"),
        new("spec.tls.clientCertificateSecretRef", hub.Spec.Tls.ClientCertificateSecretRef, "tls.crt", "tls.key"),
        new("spec.credentials.secretRef", hub.Spec.Credentials?.SecretRef, "username", "password"),
        new("spec.credentials.oauth2.secretRef", hub.Spec.Credentials?.Oauth2?.SecretRef, "username", "clientSecret"),
        new("spec.credentials.oauth2.caSecretRef", hub.Spec.Credentials?.Oauth2?.CaSecretRef, "ca.crt"),
    ];
}
