// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Tip20} from "./IToken.sol";

/// A token of EIP-3009, which x402 is paid in: ERC-20, and transfers that a holder signs and anybody submits, once. The
/// rules are those of src/contracts/transfer-authorization.ts and token.ts, check by check. There is no constructor: the
/// code is put at an address, and balances are written from outside.
contract AuthorizedToken {
    string public constant name = "USDC";
    string public constant symbol = "USDC";
    string public constant version = "2";
    uint8 public constant decimals = 6;

    mapping(address => uint256) public balanceOf; // slot 0
    uint256 public totalSupply; // slot 1
    mapping(address => mapping(address => uint256)) public allowance;
    /// Nonces that are used up or cancelled, by who signed for them.
    mapping(address => mapping(bytes32 => bool)) public authorizationState;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);

    error CallerNotPayee();
    error AuthorizationNotYetValid();
    error AuthorizationExpired();
    error AuthorizationUsedOrCanceled();
    error InvalidSignature();
    error InvalidRecipient();
    error InsufficientAllowance();
    error InsufficientBalance(uint256 available, uint256 required, address token);

    bytes32 public constant TRANSFER_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 public constant RECEIVE_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 public constant CANCEL_AUTHORIZATION_TYPEHASH =
        keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// What is signed, in the order of its type.
    struct Authorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }

    struct Signature {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        _transfer(Authorization(from, to, value, validAfter, validBefore, nonce), _parts(signature));
    }

    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _transfer(Authorization(from, to, value, validAfter, validBefore, nonce), Signature(v, r, s));
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        _receive(Authorization(from, to, value, validAfter, validBefore, nonce), _parts(signature));
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _receive(Authorization(from, to, value, validAfter, validBefore, nonce), Signature(v, r, s));
    }

    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        _cancel(authorizer, nonce, _parts(signature));
    }

    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        _cancel(authorizer, nonce, Signature(v, r, s));
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _checkRecipient(to);
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert InsufficientAllowance();
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
        return true;
    }

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes(version)), block.chainid, address(this))
        );
    }

    function _transfer(Authorization memory signed, Signature memory signature) private {
        _carryOut(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, signed, signature);
    }

    /// Only the recipient submits it, so that nobody else uses the signature first.
    function _receive(Authorization memory signed, Signature memory signature) private {
        if (msg.sender != signed.to) revert CallerNotPayee();
        _carryOut(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, signed, signature);
    }

    function _cancel(address authorizer, bytes32 nonce, Signature memory signature) private {
        _useUp(authorizer, nonce, keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)), signature);
        emit AuthorizationCanceled(authorizer, nonce);
    }

    function _carryOut(bytes32 typeHash, Authorization memory signed, Signature memory signature) private {
        if (block.timestamp <= signed.validAfter) revert AuthorizationNotYetValid();
        if (block.timestamp >= signed.validBefore) revert AuthorizationExpired();
        _useUp(signed.from, signed.nonce, keccak256(abi.encode(typeHash, signed)), signature);
        emit AuthorizationUsed(signed.from, signed.nonce);
        _move(signed.from, signed.to, signed.value);
    }

    /// Marks a nonce, once its authorizer is known to have signed for that.
    function _useUp(address authorizer, bytes32 nonce, bytes32 structHash, Signature memory signature) private {
        if (authorizationState[authorizer][nonce]) revert AuthorizationUsedOrCanceled();
        address by = _signer(keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), structHash)), signature);
        if (by == address(0) || by != authorizer) revert InvalidSignature();
        authorizationState[authorizer][nonce] = true;
    }

    /// v 27 or 28, and a low s: every signature has a twin with a high one. Zero for any other.
    function _signer(bytes32 digest, Signature memory signature) private pure returns (address) {
        bool isCanonical = (signature.v == 27 || signature.v == 28) && uint256(signature.s) <= HALF_ORDER;
        return isCanonical ? ecrecover(digest, signature.v, signature.r, signature.s) : address(0);
    }

    /// Other lengths give a v that no signature has: that it is none is found out in its turn.
    function _parts(bytes calldata signature) private pure returns (Signature memory) {
        if (signature.length != 65) return Signature(0, 0, 0);
        return Signature(uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }

    function _checkRecipient(address to) private pure {
        if (to == address(0) || Tip20.isToken(to)) revert InvalidRecipient();
    }

    function _move(address from, address to, uint256 amount) private {
        _checkRecipient(to);
        uint256 available = balanceOf[from];
        if (available < amount) revert InsufficientBalance(available, amount, address(this));
        balanceOf[from] = available - amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
