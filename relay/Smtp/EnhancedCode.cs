using System.Globalization;

namespace RelayOperator.Relay.Smtp;

/// <summary>An enhanced status code such as 5.7.1 (RFC 3463); the default value means that there is none.</summary>
public readonly record struct EnhancedCode(int Class, int Subject, int Detail)
{
    /// <summary>True where a code is present.</summary>
    public bool IsPresent => Class != 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");
}
