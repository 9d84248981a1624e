namespace RelayOperator.TestKit.Cel;

/// <summary>An expression that cannot be read, or that has no value for what it was given, as an absent field has none.</summary>
public sealed class CelException : Exception
{
    public CelException()
    {
    }

    public CelException(string message)
        : base(message)
    {
    }

    public CelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
