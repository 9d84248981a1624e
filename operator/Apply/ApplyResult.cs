namespace RelayOperator.Operator.Apply;

/// <summary>What became of one object.</summary>
internal enum ApplyResult
{
    /// <summary>It is what it should be.</summary>
    Applied,

    /// <summary>An object of that name is on its way out; it is made anew when it is gone.</summary>
    Pending,

    /// <summary>An object of that name is somebody else's.</summary>
    NotOurs,
}
