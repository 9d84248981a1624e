namespace RelayOperator.Operator.Gather;

/// <summary>A pool's own certificate and key, by which its pods know each other when one hands its spool over.</summary>
public sealed record HandOverKey(string CertificatePem, string KeyPem)
{
    /// <summary>Leaves the key out.</summary>
    public override string ToString() => "HandOverKey";
}
